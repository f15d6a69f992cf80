import type { ConsumerRecord } from '../ports/record.ts'
import { headerText, textOf } from './headers.ts'

/** The part of a record that knows its headers; a copy of a record has at least the headers themselves. */
export type HeaderBearer = Pick<ConsumerRecord, 'headers' | 'isMarked' | 'lastHeader'>

const ours = 'lb-'

/**
 * Whether a record bears a header of ours (`lb-`): of a replay, a retry, a dead letter, a redrive. Almost none does; this says so without reading
 * the headers, where the adapter can.
 */
export function isMarked(record: HeaderBearer): boolean {
  return record.isMarked ?? record.headers.some(({ name }) => name.startsWith(ours))
}

/** Bytes of key, value and headers together, more or less: what a record counts for in a buffer. */
export function recordBytes(record: ConsumerRecord): number {
  if (record.byteLength !== undefined) return record.byteLength
  let bytes = (record.key?.byteLength ?? 0) + (record.value?.byteLength ?? 0)
  for (const { name, value } of record.headers) bytes += name.length + (value?.byteLength ?? 0)
  return bytes
}

/** As `headerText` of the record's headers, without reading those that were not asked for, where the adapter can. */
export function recordHeaderText(record: HeaderBearer, name: string): string | undefined {
  if (record.lastHeader === undefined) return headerText(record.headers, name)
  return textOf(record.lastHeader(name))
}
