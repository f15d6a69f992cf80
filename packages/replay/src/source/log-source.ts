import {
  type AuditEntry,
  type AuditLogInspector,
  type AuditLogReader,
  type AuditOrder,
  type AuditReading,
  type AuditSelection,
  type AuditSummary,
  type Clock,
  systemClock,
  type WaitOptions,
} from '@ledgerbus/core'
import { statusesToReplay } from '../plan/replayable-statuses.ts'
import type { OpenSelection, ReplaySource } from './replay-source.ts'

const dayMs = 86_400_000

/** Entries from the audit log: as far back as it keeps them, however short Kafka's own retention is. */
export function createLogSource(auditLog: AuditLogReader, options: { readonly clock?: Clock } = {}): ReplaySource {
  const { clock = systemClock } = options
  return {
    name: 'log',
    explain: (selection) => auditLog.explain(withoutErased(selection)),
    async survey(open, { onRead: _onRead, ...wait } = {}) {
      const { summary, erased } = await summarizeReplayable(auditLog, open, wait)
      const selection = { ...withoutErased(open), below: open.below ?? summary.bounds }
      const ends = summary.entries === 0 ? {} : await endsOf(auditLog, selection, wait)
      return {
        summary,
        ...ends,
        losses: [
          ...(erased === 0 ? [] : [`erased: ${erased}; left out, as their bytes are gone`]),
          ...(await retentionLosses(auditLog, open, clock, wait)),
        ],
      }
    },
    read(selection, position, wait = {}) {
      const replayable = withoutErased(selection)
      if (position.order === 'key') return auditLog.readByOffset(replayable, { ...wait, from: position.starts })
      const behind = position.cursor === undefined ? {} : { cursor: position.cursor }
      return auditLog.read(replayable, { ...wait, order: 'oldest', ...behind })
    },
    cursorOf: (entry) => auditLog.cursorOf(entry, 'oldest'),
  }
}

function withoutErased<Selection extends AuditSelection>(
  selection: Selection,
): Selection & { readonly statuses: readonly AuditReading['status'][] } {
  return { ...selection, statuses: statusesToReplay(selection.statuses) }
}

/** Asks once where nothing was erased, as almost always. */
async function summarizeReplayable(
  auditLog: AuditLogReader,
  open: OpenSelection,
  wait: WaitOptions,
): Promise<{ readonly summary: AuditSummary; readonly erased: number }> {
  const replayable = withoutErased(open)
  const all = await auditLog.summarize({ ...replayable, statuses: [...replayable.statuses, 'erased'] }, wait)
  const erased = all.byStatus.find(({ status }) => status === 'erased')?.entries ?? 0
  if (erased === 0) return { summary: all, erased }
  // Below what was just counted: both answers are of one moment, whatever the sink stores in between.
  return { summary: await auditLog.summarize({ ...replayable, below: open.below ?? all.bounds }, wait), erased }
}

async function endsOf(
  auditLog: AuditLogReader,
  selection: AuditSelection,
  wait: WaitOptions,
): Promise<{ readonly first?: AuditEntry; readonly last?: AuditEntry }> {
  const first = await firstIn(auditLog, selection, 'oldest', wait)
  const last = await firstIn(auditLog, selection, 'newest', wait)
  return { ...(first && { first }), ...(last && { last }) }
}

/** Where a filter is decided over rows, a page may be empty and still have a next one. */
async function firstIn(
  auditLog: AuditLogReader,
  selection: AuditSelection,
  order: AuditOrder,
  wait: WaitOptions,
): Promise<AuditEntry | undefined> {
  let page = await auditLog.query(selection, { ...wait, order, limit: 1 })
  while (page.entries.length === 0 && page.nextCursor !== undefined) {
    page = await auditLog.query(selection, { ...wait, order, limit: 1, cursor: page.nextCursor })
  }
  return page.entries[0]
}

function isInspector(auditLog: AuditLogReader): auditLog is AuditLogReader & AuditLogInspector {
  return 'retentionDays' in auditLog && typeof auditLog.retentionDays === 'function'
}

/** Nobody knows how many entries are gone, only that some may be. */
async function retentionLosses(
  auditLog: AuditLogReader,
  { fromMs }: OpenSelection,
  clock: Clock,
  wait: WaitOptions,
): Promise<readonly string[]> {
  const days = isInspector(auditLog) ? await auditLog.retentionDays(wait) : undefined
  if (days === undefined) return []
  const keptFromMs = clock.nowMs() - days * dayMs
  if (fromMs >= keptFromMs) return []
  return [
    `the log keeps entries for ${days} days: what Kafka took before ${new Date(keptFromMs).toISOString()} may be gone, and the range begins at ${new Date(fromMs).toISOString()}`,
  ]
}
