import { createAuditLog } from '@ledgerbus/audit-log'
import { type AuditEntry, type AuditSelection, readReplayMarks } from '@ledgerbus/core'
import { bareDigest } from '../witness/record-digest.ts'
import type { LoggedEntry, LoggedReplay, LogStanding } from './checker/replay-history.ts'
import { tablePrefix, topicSpecs } from './replays.ts'

const topics = topicSpecs.map(({ name }) => name)

/** Entries by topic, as the log counts them by default. */
export async function countFacts(url: string): Promise<LogStanding['factsBefore']> {
  await using log = openLog(url)
  const { byTopic } = await log.auditLog.summarize({ topics })
  return Object.fromEntries(byTopic.map(({ topic, entries }) => [topic, entries]))
}

/** What the log holds of all topics, through its public reader: by default, and of each replay. */
export async function readLog(
  url: string,
  replayIds: readonly string[],
): Promise<Pick<LogStanding, 'facts' | 'replayed'>> {
  await using log = openLog(url)
  const read = (selection: AuditSelection): AsyncIterable<AuditEntry> =>
    log.auditLog.read({ topics, ...selection }, { order: 'partition' })
  const facts: LoggedEntry[] = []
  for await (const entry of read({})) facts.push(toLogged(entry))
  const replayed: LoggedReplay[] = []
  for (const replayId of replayIds) {
    for await (const entry of read({ replays: { id: replayId } })) {
      const of = readReplayMarks(entry.record.headers)?.of
      const place = { topic: of?.topic ?? '', partition: of?.partition ?? -1, offset: Number(of?.offset ?? -1) }
      replayed.push({ ...toLogged(entry), replayId, of: place })
    }
  }
  return { facts, replayed }
}

function openLog(url: string) {
  const auditLog = createAuditLog({ url, tablePrefix })
  return { auditLog, [Symbol.asyncDispose]: () => auditLog.close() }
}

function toLogged({ record }: AuditEntry): LoggedEntry {
  const { topic, partition, offset } = record
  return { topic, partition, offset: Number(offset), bareInOrder: bareDigest(record, { headers: 'in-order' }) }
}
