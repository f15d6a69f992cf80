import {
  type AuditEntry,
  type AuditSelection,
  type Envelope,
  isLedgerbusError,
  isRedriven,
  knownEventOf,
  matchesPattern,
  parseEventPattern,
  rangeProblems,
} from '@ledgerbus/core'
import { compileFilter } from '@ledgerbus/filter'
import { selectionInvalid } from './audit-log-errors.ts'

/** Whether an entry is selected. */
export type SelectionMatch = (entry: AuditEntry) => boolean

/** When the event happened; without an event Kafka's time stands in for it. In milliseconds since 1970. */
export function eventTimeMs({ record, reading }: AuditEntry): number {
  const timestamp = knownEventOf(reading)?.timestamp
  return timestamp === undefined ? Number(record.timestampMs) : Date.parse(timestamp)
}

function envelopeOf({ reading }: AuditEntry): Envelope | undefined {
  return reading.status === 'ok' ? reading.envelope : undefined
}

function nameMatch(names: readonly string[]): SelectionMatch {
  try {
    const patterns = names.map(parseEventPattern)
    return (entry) => {
      const event = knownEventOf(entry.reading)
      return event !== undefined && patterns.some((pattern) => matchesPattern(pattern, event.name))
    }
  } catch (error) {
    if (!isLedgerbusError(error)) throw error
    throw selectionInvalid([error.message], error)
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

function filterMatch(text: string): SelectionMatch {
  const filter = compileFilter(text)
  return ({ record, reading }) => reading.status === 'ok' && filter.matches(reading.envelope, record.headers).matched
}

/** An empty text would select what names nothing, and nobody means that. */
function checkSelection(selection: AuditSelection): void {
  const { entityType, entityId, actorType, actorId, organizationId, correlationId, fromMs, toMs, replays } = selection
  const replayId = typeof replays === 'object' ? replays.id : undefined
  const texts = { entityType, entityId, actorType, actorId, organizationId, correlationId, 'replays.id': replayId }
  const problems = [
    ...Object.entries({ fromMs, toMs })
      .filter(([, ms]) => ms !== undefined && !Number.isFinite(ms))
      .map(([name]) => `${name} must be a finite number of milliseconds`),
    ...Object.entries(texts)
      .filter(([, text]) => text === '')
      .map(([name]) => `${name} must not be empty`),
    ...rangeProblems(selection.ranges ?? []),
  ]
  if (problems.length > 0) throw selectionInvalid(problems)
}

/**
 * A selection as a question to one entry.
 *
 * @throws TestkitError `AUDIT_SELECTION_INVALID` with every problem; FilterError
 */
export function selectionMatch(selection: AuditSelection): SelectionMatch {
  checkSelection(selection)
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
    ...(selection.filter === undefined ? [] : [filterMatch(selection.filter)]),
  ]
  return (entry) => conditions.every((condition) => condition(entry))
}
