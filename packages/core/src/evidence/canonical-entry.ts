import type { AuditReading } from '../ports/audit-reading.ts'
import type { ConsumerRecord } from '../ports/record.ts'

/** Rises when the form of the bytes changes; then every digest of the former form is another. */
const version = 1

const statusCodes: Readonly<Record<Exclude<AuditReading['status'], 'erased'>, number>> = {
  ok: 0,
  tombstone: 1,
  undecodable: 2,
}

/** What an entry says, without where it stands. */
export type EntryContent = Pick<ConsumerRecord, 'key' | 'value' | 'headers'>

const encoder = new TextEncoder()

/**
 * What an entry says as bytes: two entries have equal bytes exactly if status, key, value and headers, in their order, are equal. Seals, erasures and
 * comparisons hash them.
 *
 * Form: version, status, key, value, number of headers, then each header's name and value. A byte string stands behind its length plus one in
 * 32 bits, big-endian; 0 is null, so that no bytes and no value stay different.
 */
export function canonicalEntryBytes(
  { key, value, headers }: EntryContent,
  status: Exclude<AuditReading['status'], 'erased'>,
): Uint8Array {
  const parts: (Uint8Array | null)[] = [key, value]
  for (const header of headers) parts.push(encoder.encode(header.name), header.value)
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 4 + (part?.length ?? 0), 6))
  const view = new DataView(bytes.buffer)
  bytes[0] = version
  bytes[1] = statusCodes[status]
  view.setUint32(2, headers.length)
  let at = 6
  for (const part of parts) {
    view.setUint32(at, part === null ? 0 : part.length + 1)
    at += 4
    if (part === null) continue
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
