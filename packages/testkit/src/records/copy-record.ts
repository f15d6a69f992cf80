import type { ProducerRecord, RecordHeader } from '@ledgerbus/core'

function copyBytes(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : Uint8Array.from(bytes)
}

/** A copy with bytes of its own: neither a producer's nor a consumer's later change reaches what is stored. */
export function copyRecord(record: ProducerRecord): ProducerRecord {
  return {
    key: copyBytes(record.key),
    value: copyBytes(record.value),
    headers: record.headers.map(({ name, value }): RecordHeader => ({ name, value: copyBytes(value) })),
    timestampMs: record.timestampMs,
  }
}

/** Bytes of key, value and headers. */
export function sizeOf(record: ProducerRecord): number {
  const ofHeaders = record.headers.reduce((sum, { name, value }) => sum + name.length + (value?.length ?? 0), 0)
  return (record.key?.length ?? 0) + (record.value?.length ?? 0) + ofHeaders
}
