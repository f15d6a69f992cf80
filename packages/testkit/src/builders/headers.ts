import type { RecordHeader } from '@ledgerbus/core'
import { type BytesInput, toBytes } from './bytes.ts'

/** Headers as a test writes them: an object, or pairs where names repeat. */
export type HeadersInput = Readonly<Record<string, BytesInput>> | readonly (readonly [string, BytesInput])[]

/** Header pairs from their short form, in the order written. */
export function toHeaders(input: HeadersInput): readonly RecordHeader[] {
  const pairs: readonly (readonly [string, BytesInput])[] = Array.isArray(input) ? input : Object.entries(input)
  return pairs.map(([name, value]) => ({ name, value: toBytes(value) }))
}
