import { crc32 } from 'node:zlib'
import type { AuditBlock, AuditPartition, AuditReading, AuditRecord, OpenAuditBlock } from '@ledgerbus/core'
import { readingOf } from '../builders/reading-of.ts'
import { copyRecord } from '../records/copy-record.ts'
import { rangeInvalid } from './audit-log-errors.ts'

/** A block that holds its records as they are. */
export interface InMemoryBlock extends AuditBlock {
  readonly members: readonly AuditRecord[]
  part(from: number, to: number): InMemoryBlock
}

export function isInMemoryBlock(block: AuditBlock): block is InMemoryBlock {
  return 'members' in block
}

/** The digest of the port. */
export function digestOf(records: readonly { readonly offset: bigint; readonly timestampMs: bigint }[]): number {
  const bytes = Buffer.alloc(records.length * 16)
  for (const [index, { offset, timestampMs }] of records.entries()) {
    bytes.writeBigUInt64LE(offset, index * 16)
    bytes.writeBigInt64LE(timestampMs, index * 16 + 8)
  }
  return crc32(bytes)
}

function bytesOf({ record }: AuditRecord): number {
  return 200 + (record.key?.length ?? 0) + (record.value?.length ?? 0)
}

function blockOf(
  owner: AuditPartition,
  membersNow: () => readonly AuditRecord[],
  bytesNow: () => number,
): InMemoryBlock {
  const count = (status: AuditReading['status']): number =>
    membersNow().filter(({ reading }) => reading.status === status).length
  return {
    cluster: owner.cluster,
    topic: owner.topic,
    partition: owner.partition,
    get members() {
      return membersNow()
    },
    get records() {
      return membersNow().length
    },
    get bytes() {
      return bytesNow()
    },
    get digest() {
      return digestOf(membersNow().map(({ record }) => record))
    },
    offsetAt(index) {
      const member = membersNow()[index]
      if (member === undefined) throw new RangeError(`the block has no record ${index}`)
      return member.record.offset
    },
    tally: () => ({ tombstones: count('tombstone'), undecodable: count('undecodable') }),
    part(from, to) {
      const members = membersNow().slice(from, to)
      const bytes = members.reduce((sum, member) => sum + bytesOf(member), 0)
      return blockOf(
        owner,
        () => members,
        () => bytes,
      )
    },
  }
}

export function createInMemoryBlock(owner: AuditPartition): OpenAuditBlock {
  const members: AuditRecord[] = []
  let bytes = 0
  return Object.assign(
    blockOf(
      owner,
      () => members,
      () => bytes,
    ),
    {
      release: () => undefined,
      add(record: AuditRecord['record'], reading?: AuditReading) {
        const where = `${record.topic}/${record.partition}/${record.offset}`
        if (record.cluster !== owner.cluster || record.topic !== owner.topic || record.partition !== owner.partition) {
          throw rangeInvalid(where, `is of another partition than ${owner.topic}/${owner.partition}`)
        }
        const last = members.at(-1)?.record.offset ?? -1n
        if (record.offset <= last) throw rangeInvalid(where, `stands behind ${last}`)
        const member = {
          record: { ...record, ...copyRecord(record) },
          reading: reading ?? readingOf(record.value),
        }
        members.push(member)
        bytes += bytesOf(member)
      },
    },
  )
}
