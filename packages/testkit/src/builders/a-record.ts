import type { ProducerRecord } from '@ledgerbus/core'
import { type BytesInput, toBytes } from './bytes.ts'
import { type HeadersInput, toHeaders } from './headers.ts'

/** What {@link aRecord} may be told; text stands for its UTF-8. */
export interface RecordInput {
  /** @default 'key-1' */
  readonly key?: BytesInput
  /** @default 'value-1' */
  readonly value?: BytesInput
  /** @default none */
  readonly headers?: HeadersInput
  /** Milliseconds since 1970. @default 2026-01-31T12:00:00.000Z */
  readonly timestampMs?: bigint
}

/** When builders' records happen unless told otherwise: 2026-01-31T12:00:00.000Z, where the fake clock begins too. */
export const builderTimeMs: bigint = BigInt(Date.UTC(2026, 0, 31, 12))

/** A record to append: `aRecord({ key: 'o-1', value: null })` is a tombstone. */
export function aRecord(input: RecordInput = {}): ProducerRecord {
  const { key = 'key-1', value = 'value-1', headers = {}, timestampMs = builderTimeMs } = input
  return { key: toBytes(key), value: toBytes(value), headers: toHeaders(headers), timestampMs }
}
