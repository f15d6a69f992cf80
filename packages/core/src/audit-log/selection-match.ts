import type { Envelope } from '../envelope/envelope.ts'
import { matchesPattern, parseEventPattern } from '../definition/event-pattern.ts'
import type { AuditEntry, AuditSelection } from '../ports/audit-log.ts'
import { eventTimeMs } from './event-time.ts'
import { knownEventOf } from './known-event.ts'
import { isRedriven } from './redriven.ts'

/** Whether an entry is selected. */
export type SelectionMatch = (entry: AuditEntry) => boolean

function envelopeOf({ reading }: AuditEntry): Envelope | undefined {
  return reading.status === 'ok' ? reading.envelope : undefined
}

function nameMatch(names: readonly string[]): SelectionMatch {
  const patterns = names.map(parseEventPattern)
  return (entry) => {
    const event = knownEventOf(entry.reading)
    return event !== undefined && patterns.some((pattern) => matchesPattern(pattern, event.name))
  }
}

/** UUIDs are compared as values, not as they are spelled. */
function idMatch(ids: readonly string[], idOf: (entry: AuditEntry) => string | undefined): SelectionMatch {
  const wanted = new Set(ids.map((id) => id.toLowerCase()))
  return (entry) => {
    const id = idOf(entry)
    return id !== undefined && wanted.has(id.toLowerCase())
  }
}

function textMatch(wanted: string, textOf: (envelope: Envelope) => string | undefined): SelectionMatch {
  return (entry) => {
    const envelope = envelopeOf(entry)
    return envelope !== undefined && textOf(envelope) === wanted
  }
}

function timeMatch({ fromMs, toMs, timeField = 'event' }: AuditSelection): SelectionMatch {
  return (entry) => {
    const atMs = timeField === 'event' ? eventTimeMs(entry) : Number(entry.record.timestampMs)
    return (fromMs === undefined || atMs >= fromMs) && (toMs === undefined || atMs < toMs)
  }
}

function replayMatch(replays: NonNullable<AuditSelection['replays']>): SelectionMatch {
  if (typeof replays === 'object') return ({ replayId }) => replayId === replays.id
  switch (replays) {
    case 'exclude':
      return ({ replayId }) => replayId === undefined
    case 'only':
      return ({ replayId }) => replayId !== undefined
    case 'include':
      return () => true
  }
}

function boundMatch(bounds: NonNullable<AuditSelection['below']>): SelectionMatch {
  return ({ record: { cluster, topic, partition, offset } }) => {
    const ofPartition = bounds.filter(
      (bound) => bound.cluster === cluster && bound.topic === topic && bound.partition === partition,
    )
    return ofPartition.length > 0 && ofPartition.every(({ below }) => offset < below)
  }
}

function rangeMatch(ranges: NonNullable<AuditSelection['ranges']>): SelectionMatch {
  return ({ record: { topic, partition, offset } }) =>
    ranges.some(
      ({ from = 0n, below, ...range }) =>
        range.topic === topic &&
        range.partition === partition &&
        offset >= from &&
        (below === undefined || offset < below),
    )
}

function filterMatch(matches: (envelope: Envelope, entry: AuditEntry) => boolean): SelectionMatch {
  return (entry) => {
    const envelope = envelopeOf(entry)
    return envelope !== undefined && matches(envelope, entry)
  }
}

/**
 * A selection as a question to one entry, for those who decide in the process.
 *
 * @param selection without problems, see `selectionProblems`
 * @param compileFilter makes the selection's filter ready; an entry without an event never gets to it
 */
export function selectionMatch(
  selection: AuditSelection,
  compileFilter: (text: string) => (envelope: Envelope, entry: AuditEntry) => boolean,
): SelectionMatch {
  const { names, topics, eventIds, excludedEventIds = [], statuses, ranges, redrives, below } = selection
  const isExcluded = idMatch(excludedEventIds, (entry) => knownEventOf(entry.reading)?.eventId)
  const { entityType, entityId, actorType, actorId, correlationId, organizationId } = selection
  const conditions: readonly SelectionMatch[] = [
    timeMatch(selection),
    replayMatch(selection.replays ?? 'exclude'),
    ...(names === undefined ? [] : [nameMatch(names)]),
    ...(entityType === undefined ? [] : [textMatch(entityType, ({ entity }) => entity?.type)]),
    ...(entityId === undefined ? [] : [textMatch(entityId, ({ entity }) => entity?.id)]),
    ...(actorType === undefined ? [] : [textMatch(actorType, ({ actor }) => actor?.type)]),
    ...(actorId === undefined ? [] : [textMatch(actorId, ({ actor }) => actor?.id)]),
    ...(organizationId === undefined
      ? []
      : [(entry: AuditEntry) => knownEventOf(entry.reading)?.organizationId === organizationId]),
    ...(correlationId === undefined ? [] : [idMatch([correlationId], (entry) => envelopeOf(entry)?.correlationId)]),
    ...(eventIds === undefined ? [] : [idMatch(eventIds, (entry) => knownEventOf(entry.reading)?.eventId)]),
    (entry) => !isExcluded(entry),
    ...(redrives === 'exclude' ? [({ record }: AuditEntry) => !isRedriven(record)] : []),
    ...(ranges === undefined ? [] : [rangeMatch(ranges)]),
    ...(topics === undefined ? [] : [({ record }: AuditEntry) => topics.includes(record.topic)]),
    ...(statuses === undefined ? [] : [({ reading }: AuditEntry) => statuses.includes(reading.status)]),
    ...(below === undefined ? [] : [boundMatch(below)]),
    ...(selection.filter === undefined ? [] : [filterMatch(compileFilter(selection.filter))]),
  ]
  return (entry) => conditions.every((condition) => condition(entry))
}
