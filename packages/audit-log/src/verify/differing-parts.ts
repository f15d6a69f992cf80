import {
  type AuditEntry,
  canonicalEntryBytes,
  type ConsumerRecord,
  readReplayMarks,
  type RecordHeader,
} from '@ledgerbus/core'
import { hash } from 'node:crypto'
import type { EntryPart } from './audit-finding.ts'

/** What of an entry is not what the record says; empty when it is the record. */
export function differingParts(
  record: ConsumerRecord,
  { record: stored, reading, replayId }: AuditEntry,
): readonly EntryPart[] {
  if (reading.status === 'erased') {
    const { sha256, was } = reading.erasure
    return contentHash(record, was) === sha256 ? [] : ['erasure']
  }
  const parts: EntryPart[] = []
  if (!sameBytes(record.key, stored.key)) parts.push('key')
  if (!sameBytes(record.value, stored.value)) parts.push('value')
  if (!sameHeaders(record.headers, stored.headers)) parts.push('headers')
  // A tombstone is told from an empty value by its status alone.
  if ((record.value === null) !== (reading.status === 'tombstone')) parts.push('status')
  if (readReplayMarks(record.headers)?.replayId !== replayId) parts.push('replay')
  return parts
}

/** SHA-256 of what an entry says, in hexadecimal: the hash that markers of erased entries keep. */
export function contentHash(
  content: Pick<ConsumerRecord, 'key' | 'value' | 'headers'>,
  status: Parameters<typeof canonicalEntryBytes>[1],
): string {
  return hash('sha256', canonicalEntryBytes(content, status), 'hex')
}

function sameBytes(left: Uint8Array | null, right: Uint8Array | null): boolean {
  if (left === null || right === null) return left === right
  return left.length === right.length && Buffer.compare(left, right) === 0
}

function sameHeaders(left: readonly RecordHeader[], right: readonly RecordHeader[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ name, value }, index) => {
      const other = right[index] as RecordHeader
      return name === other.name && sameBytes(value, other.value)
    })
  )
}
