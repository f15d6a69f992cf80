import type {
  AuditDimension,
  AuditEntry,
  AuditFigures,
  AuditInterval,
  AuditStats,
  AuditStatsGroup,
} from '../ports/audit-log.ts'
import { auditIntervals } from './stats-options.ts'

/** Adds entries and whole groups up to stats. */
export interface EntryCounter {
  add(entry: AuditEntry): void
  addGroup(group: AuditStatsGroup): void
  stats(limit: number): AuditStats
}

/** Counts entries by what `AuditStatsOptions` can ask for, for those who fulfil the port. Memory: one object a group. */
export function countEntries(options: {
  readonly by: readonly AuditDimension[]
  readonly interval?: AuditInterval | undefined
  readonly timeField?: 'event' | 'kafka' | undefined
}): EntryCounter {
  const groups = new Map<string, AuditStatsGroup>()

  function addGroup(group: AuditStatsGroup): void {
    const { entries, bytes, ...facts } = group
    const key = JSON.stringify(keyOf(group))
    const known = groups.get(key)
    const total = { entries: entries + (known?.entries ?? 0), bytes: bytes + (known?.bytes ?? 0) }
    groups.set(key, { ...facts, ...total })
  }

  return {
    addGroup,
    add(entry) {
      const { record } = entry
      addGroup({
        ...timeFacts(entry, options),
        ...factsOf(entry, options.by),
        entries: 1,
        bytes: (record.value?.length ?? 0) + (record.key?.length ?? 0),
      })
    },
    stats(limit) {
      const sorted = [...groups.values()].sort(compareGroups)
      const total = sumOf(sorted)
      const shown = sorted.slice(0, limit)
      return { ...total, groups: shown, ...(shown.length < sorted.length && { rest: sumOf(sorted.slice(limit)) }) }
    },
  }
}

function timeFacts(
  { record, reading }: AuditEntry,
  { interval, timeField = 'event' }: Parameters<typeof countEntries>[0],
): Pick<AuditStatsGroup, 'fromMs'> {
  if (interval === undefined) return {}
  const isEvent = timeField === 'event' && reading.status === 'ok'
  const ms = isEvent ? BigInt(Date.parse(reading.envelope.timestamp)) : record.timestampMs
  const { lengthMs, startMs } = auditIntervals[interval]
  const [size, start] = [BigInt(lengthMs), BigInt(startMs)]
  const beyond = (((ms - start) % size) + size) % size
  return { fromMs: Number(ms - beyond) }
}

function factsOf({ record, reading }: AuditEntry, by: readonly AuditDimension[]): Partial<AuditStatsGroup> {
  const envelope = reading.status === 'ok' ? reading.envelope : undefined
  return Object.assign(
    {},
    ...by.map((dimension): Partial<AuditStatsGroup> => {
      switch (dimension) {
        case 'topic':
          return { topic: record.topic }
        case 'status':
          return { status: reading.status }
        case 'name':
          return envelope === undefined ? {} : { name: envelope.name }
        case 'organization':
          return envelope?.organizationId === undefined ? {} : { organizationId: envelope.organizationId }
        case 'actor':
          return envelope?.actor === undefined ? {} : { actor: { type: envelope.actor.type, id: envelope.actor.id } }
      }
    }),
  ) as Partial<AuditStatsGroup>
}

function keyOf({ fromMs, name, topic, status, organizationId, actor }: AuditStatsGroup): readonly unknown[] {
  return [fromMs, name, topic, status, organizationId, actor?.type, actor?.id]
}

/** By time, then the largest, then by what they are, so that equal logs give equal stats. */
function compareGroups(left: AuditStatsGroup, right: AuditStatsGroup): number {
  const byTime = (left.fromMs ?? 0) - (right.fromMs ?? 0)
  const byEntries = right.entries - left.entries
  if (byTime !== 0 || byEntries !== 0) return byTime === 0 ? byEntries : byTime
  const [one, other] = [JSON.stringify(keyOf(left)), JSON.stringify(keyOf(right))]
  return one < other ? -1 : one > other ? 1 : 0
}

function sumOf(figures: readonly AuditFigures[]): AuditFigures {
  return {
    entries: figures.reduce((sum, { entries }) => sum + entries, 0),
    bytes: figures.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}
