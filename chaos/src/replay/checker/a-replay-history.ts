import type { Place } from '../../ledger/ledger-event.ts'
import type { WitnessedRecord } from '../../witness/witnessed-record.ts'
import type { MarkedRecord } from './marked-record.ts'
import type { CheckedReplay, Counts, LoggedReplay, ReplayHistory, RunnerLife, TrailLine } from './replay-history.ts'

const origin = 'orders'

/** An original: offset, key, and Kafka's time. */
export function anOriginal(offset: number, change: Partial<WitnessedRecord> = {}): WitnessedRecord {
  return {
    ...{ topic: origin, partition: 0, offset, key: `k${offset % 2}`, event: '', hash: `h${offset}` },
    ...{ digest: `d${offset}`, bare: `b${offset}`, timestampMs: String(1_000 - offset), isTombstone: false },
    ...change,
  }
}

/** The copy of an original as the replay `r` publishes it. */
export function aCopy(of: WitnessedRecord, sequence: number, change: Partial<MarkedRecord> = {}): MarkedRecord {
  return {
    ...of,
    offset: 100 + sequence,
    timestampMs: '5000',
    digest: `copy of ${of.digest}`,
    marks: {
      ...{ replayId: 'r', sequence, mode: 'rehandle', originalTimestampMs: of.timestampMs },
      ...{ of: placeOf(of), groups: '["billing"]', reason: 'why' },
    },
    ...change,
  }
}

/** What its history tells of a replay that one run completed. */
export function aTrail({ published, failed, leftOut }: Counts, by: string = 'r0.1'): readonly TrailLine[] {
  const none = { published: 0, failed: 0, leftOut: 0 }
  return [
    { kind: 'planned', state: 'planned', by: 'chaos', step: 0, ...none },
    { kind: 'begun', state: 'running', by, step: 1, ...none },
    { kind: 'completed', state: 'completed', by, step: 9, published, failed, leftOut },
  ]
}

export function aReplay(change: Partial<CheckedReplay> = {}): CheckedReplay {
  const { status = { state: 'completed', published: 4, failed: 0, leftOut: 0 } } = change
  return {
    ...{ name: 'own', replayId: 'r', order: 'key', mode: 'rehandle', groups: ['billing'], reason: 'why' },
    fateOf: ({ marks }) => (marks === undefined ? 'published' : 'unselected'),
    planned: 4,
    status,
    errors: [],
    trail: aTrail(status),
    ...change,
  }
}

export function aRunner(change: Partial<RunnerLife> = {}): RunnerLife {
  const end = { state: 'completed', planned: 4, published: 4, failed: 0, leftOut: 0 }
  return { name: 'r0.1', replayId: 'r', startedMs: 0, endedMs: 100, end, ...change }
}

/** What a history is changed in; the log holds what Kafka does, unless it says otherwise. */
export interface Changes extends Partial<Omit<ReplayHistory, 'log'>> {
  readonly log?: Partial<ReplayHistory['log']>
}

/** A good run: four originals of one partition, two keys, each published once again; but for what is changed. */
export function aReplayHistory(change: Changes = {}): ReplayHistory {
  const originals = [0, 1, 2, 3].map((offset) => anOriginal(offset))
  const { log, ...others } = change
  const history = {
    replays: [aReplay()],
    stored: [...originals, ...originals.map((original, index) => aCopy(original, index))],
    runners: [aRunner()],
    pauses: [],
    ...others,
  }
  const facts = history.stored.filter(({ marks }) => marks === undefined)
  const counts = { [origin]: facts.length }
  return {
    ...history,
    log: {
      ...{ factsBefore: counts, factsAfter: counts },
      facts: facts.map((record) => ({ ...placeOf(record), bareInOrder: `ordered ${record.bare}` })),
      replayed: history.stored.flatMap(loggedOf),
      ...log,
    },
  }
}

/** The entry of a record of the replay `r`. */
export function loggedOf({ marks, ...record }: WitnessedRecord): readonly LoggedReplay[] {
  if (marks === undefined || marks.replayId !== 'r') return []
  return [{ ...placeOf(record), replayId: 'r', of: marks.of, bareInOrder: `ordered b${marks.of.offset}` }]
}

function placeOf({ topic, partition, offset }: Place): Place {
  return { topic, partition, offset }
}
