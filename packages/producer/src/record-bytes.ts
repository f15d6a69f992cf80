import type { ProducerRecord } from '@ledgerbus/core'

/** What a record adds to a batch besides its bytes: lengths, deltas, and slack for the batch's own header. */
const overheadBytes = 70

const encoder = new TextEncoder()

/** How much of a batch a record takes, in bytes; never less than on the wire. */
export function recordBytes(record: ProducerRecord): number {
  let bytes = overheadBytes + (record.key?.byteLength ?? 0) + (record.value?.byteLength ?? 0)
  for (const { name, value } of record.headers) {
    bytes += headerNameBytes(name) + (value?.byteLength ?? 0) + 4
  }
  return bytes
}

const nameBytes = new Map<string, number>()
const maxNames = 1_000

/** Header names repeat from record to record; a thousand of them are remembered. */
function headerNameBytes(name: string): number {
  const known = nameBytes.get(name)
  if (known !== undefined) return known
  const bytes = encoder.encode(name).byteLength
  if (nameBytes.size < maxNames) nameBytes.set(name, bytes)
  return bytes
}
