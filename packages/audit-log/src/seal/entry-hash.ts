import { createHash, hash as hashOnce } from 'node:crypto'
import { type AuditEntry, type AuditReading, canonicalEntryBytes } from '@ledgerbus/core'

type KnownStatus = Exclude<AuditReading['status'], 'erased'>

/** SHA-256 of what an entry says; of an erased one what its marker remembers. */
export function entryHash({ record, reading }: AuditEntry): Buffer {
  if (reading.status === 'erased') return Buffer.from(reading.erasure.sha256, 'hex')
  return hashOf(record, reading.status)
}

/** What the hash would be if only the status were another: tells a changed status from changed bytes. */
export function hashesOfOtherStatuses({ record, reading }: AuditEntry): readonly Buffer[] {
  const others = (['ok', 'tombstone', 'undecodable'] as const).filter((status) => status !== reading.status)
  return reading.status === 'erased' ? [] : others.map((status) => hashOf(record, status))
}

function hashOf(record: AuditEntry['record'], status: KnownStatus): Buffer {
  // In one call: a hash object for each of millions of entries costs as much as the hashing.
  return hashOnce('sha256', canonicalEntryBytes(record, status), 'buffer')
}

/** The digest of a segment, entry by entry. */
export interface SegmentDigest {
  add(offset: bigint, timestampMs: bigint, contentHash: Uint8Array): void
  hex(): string
}

export function createSegmentDigest(): SegmentDigest {
  const hash = createHash('sha256')
  const place = Buffer.alloc(16)
  return {
    add(offset, timestampMs, contentHash) {
      place.writeBigUInt64BE(offset, 0)
      place.writeBigInt64BE(timestampMs, 8)
      hash.update(place)
      hash.update(contentHash)
    },
    hex: () => hash.digest('hex'),
  }
}
