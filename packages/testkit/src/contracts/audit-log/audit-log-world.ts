import { type AuditEntry, type AuditLog, type AuditRecord, type AuditSelection, uuidV7Ids } from '@ledgerbus/core'
import { expect } from 'vitest'
import { builderTimeMs } from '../../builders/a-record.ts'
import { anAuditRange } from '../../builders/an-audit-range.ts'
import { anAuditRecord, type AuditRecordInput } from '../../builders/an-audit-record.ts'

/** The moment around which the suite's records happen, in milliseconds since 1970. */
export const baseMs: number = Number(builderTimeMs)

/** The same as Kafka's timestamp, some milliseconds later. */
export function kafkaTime(afterMs: number): bigint {
  return builderTimeMs + BigInt(afterMs)
}

/** RFC 3339 of the moment, some milliseconds later. */
export function eventTime(afterMs: number): string {
  return new Date(baseMs + afterMs).toISOString()
}

/** What a test of the contract works with. */
export interface AuditLogWorld {
  readonly log: AuditLog
  /** Another log on the same tables. */
  another(): Promise<AuditLog>
  /** A topic of the test's own. */
  topic(): string
  /** Stores records as ranges of their partitions, and insists on `ok`. */
  insert(records: readonly AuditRecord[]): Promise<void>
  /** All entries of a selection, by `read`. */
  readAll(selection: AuditSelection): Promise<readonly AuditEntry[]>
  /** Offsets of what is selected, rising. */
  offsets(selection: AuditSelection): Promise<readonly bigint[]>
}

/** Records with offsets 0, 1, 2 ... in one partition, unless they say otherwise. */
export function recordsOf(topic: string, inputs: readonly AuditRecordInput[]): readonly AuditRecord[] {
  return inputs.map((input, index) => anAuditRecord({ topic, offset: BigInt(index), ...input }))
}

function rangesOf(records: readonly AuditRecord[]): readonly (readonly AuditRecord[])[] {
  const partitions = new Map<string, AuditRecord[]>()
  for (const each of records) {
    const { cluster, topic, partition } = each.record
    const key = JSON.stringify([cluster, topic, partition])
    partitions.set(key, [...(partitions.get(key) ?? []), each])
  }
  return [...partitions.values()]
}

export function createAuditLogWorld(log: AuditLog, another: () => Promise<AuditLog>): AuditLogWorld {
  async function readAll(selection: AuditSelection): Promise<readonly AuditEntry[]> {
    const entries: AuditEntry[] = []
    for await (const entry of log.read(selection)) entries.push(entry)
    return entries
  }

  return {
    log,
    another,
    topic: () => `contract-${uuidV7Ids.next()}`,
    async insert(records) {
      for (const range of rangesOf(records)) {
        expect(await log.insert(anAuditRange(log, { records: range }))).toEqual({ kind: 'ok' })
      }
    },
    readAll,
    async offsets(selection) {
      const offsets = (await readAll(selection)).map(({ record }) => record.offset)
      return offsets.sort((left, right) => (left < right ? -1 : left > right ? 1 : 0))
    },
  }
}
