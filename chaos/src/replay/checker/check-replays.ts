import { type Anomaly, createAnomalies } from '../../checker/anomalies.ts'
import { placeText } from '../../checker/history.ts'
import type { WitnessedRecord } from '../../witness/witnessed-record.ts'
import { checkFacts } from './check-facts.ts'
import { checkOrder } from './check-order.ts'
import { checkRunners } from './check-runners.ts'
import { checkTrail } from './check-trail.ts'
import { type ReplayAnomalies, type ReplayAnomalyKind, replayAnomalyKinds } from './replay-anomalies.ts'
import type { CheckedReplay, Counts, Fate, ReplayHistory } from './replay-history.ts'
import type { MarkedRecord } from './marked-record.ts'

/** What a run of replays showed. */
export interface ReplaysReport {
  readonly isOk: boolean
  readonly anomalies: Readonly<Record<ReplayAnomalyKind, number>>
  readonly examples: readonly Anomaly<ReplayAnomalyKind>[]
  readonly counts: {
    /** Records that no replay of this run published. */
    readonly originals: number
    /** By all replays. */
    readonly planned: number
    readonly published: number
    readonly leftOut: number
    readonly failed: number
    /** Processes that ran a replay. */
    readonly runners: number
    /** Runners that ended because another one took over. */
    readonly fenced: number
    /** Runners that gave up for an error that may pass, to be started again. */
    readonly gaveUp: number
  }
}

/** Checks a run. Works with sets, never with sums: a loss and a duplicate would cancel each other. */
export function checkReplays(history: ReplayHistory): ReplaysReport {
  const anomalies = createAnomalies(replayAnomalyKinds)
  const { originals, byReplay } = sort(history)
  const planned: Counts[] = []
  for (const replay of history.replays) {
    const records = byReplay.get(replay.replayId) ?? []
    const fates = fatesOf(replay, originals)
    checkRecords(replay, records, { originals, fates }, anomalies)
    checkSequences(replay, records, anomalies)
    checkOrder(replay, records, originals, anomalies)
    planned.push(checkCounts(replay, fates, anomalies))
    checkTrail(replay, history, anomalies)
  }
  checkFacts(history, { originals, byReplay }, anomalies)
  const ends = checkRunners(history, anomalies)
  const total = (count: keyof Counts): number => planned.reduce((sum, counts) => sum + counts[count], 0)
  return {
    isOk: anomalies.isNone,
    anomalies: anomalies.counts,
    examples: anomalies.examples,
    counts: {
      originals: originals.size,
      planned: total('published') + total('failed') + total('leftOut'),
      published: total('published'),
      leftOut: total('leftOut'),
      failed: total('failed'),
      ...ends,
    },
  }
}

/** Records of the replays of this run, and all others by their place. */
function sort({ replays, stored }: Pick<ReplayHistory, 'replays' | 'stored'>): {
  readonly originals: ReadonlyMap<string, WitnessedRecord>
  readonly byReplay: ReadonlyMap<string, readonly MarkedRecord[]>
} {
  const originals = new Map<string, WitnessedRecord>()
  const byReplay = new Map(replays.map(({ replayId }) => [replayId, [] as MarkedRecord[]]))
  for (const record of stored) {
    const { marks } = record
    const known = marks === undefined ? undefined : byReplay.get(marks.replayId)
    if (known !== undefined && marks !== undefined) known.push({ ...record, marks })
    else originals.set(placeText(record), record)
  }
  return { originals, byReplay }
}

/** What the replay is to do with each original that it selects, by place. */
function fatesOf(
  { fateOf }: CheckedReplay,
  originals: ReadonlyMap<string, WitnessedRecord>,
): ReadonlyMap<string, Fate> {
  const fates = new Map<string, Fate>()
  for (const [place, original] of originals) {
    const fate = fateOf(original)
    if (fate !== 'unselected') fates.set(place, fate)
  }
  return fates
}

interface Known {
  readonly originals: ReadonlyMap<string, WitnessedRecord>
  readonly fates: ReadonlyMap<string, Fate>
}

/** Each that is to be published stands once, where it belongs, as it was. */
function checkRecords(
  replay: CheckedReplay,
  records: readonly MarkedRecord[],
  { originals, fates }: Known,
  anomalies: ReplayAnomalies,
): void {
  const { name } = replay
  const seen = new Map<string, string>()
  for (const record of records) {
    const at = `${name}: ${placeText(record)}`
    const of = placeText(record.marks.of)
    const original = originals.get(of)
    const fate = fates.get(of)
    if (original === undefined || fate === undefined) {
      anomalies.add('invented', `${at} is a copy of ${of}, which was not planned`)
      continue
    }
    if (fate !== 'published') anomalies.add('invented', `${at} is a copy of ${of}, which was to be ${fate}`)
    const twin = seen.get(of)
    if (twin !== undefined) anomalies.add('doubled', `${at} is a copy of ${of}, as is ${twin}`)
    seen.set(of, placeText(record))
    if (record.topic !== (replay.target ?? original.topic)) {
      anomalies.add('invented', `${at} is a copy of ${of} in a topic that was not asked for`)
    }
    if (record.bare !== original.bare || record.isTombstone !== original.isTombstone) {
      anomalies.add('bytes', `${at} has another key, value or header than ${of}`)
    }
    checkMarks(replay, record, original, anomalies)
  }
  for (const [of, fate] of fates) {
    if (fate === 'published' && !seen.has(of)) anomalies.add('lost', `${name}: ${of} was planned, and has no copy`)
  }
}

function checkMarks(
  { name, mode, groups, reason }: CheckedReplay,
  { marks, ...place }: MarkedRecord,
  original: WitnessedRecord,
  anomalies: ReplayAnomalies,
): void {
  const wrong = [
    ...(marks.mode === mode ? [] : [`mode ${marks.mode}`]),
    ...(marks.groups === JSON.stringify(groups) ? [] : [`groups ${marks.groups}`]),
    ...(marks.reason === reason ? [] : [`reason ${JSON.stringify(marks.reason)}`]),
    ...(marks.originalTimestampMs === original.timestampMs ? [] : [`original time ${marks.originalTimestampMs}`]),
  ]
  if (wrong.length > 0) anomalies.add('marks', `${name}: ${placeText(place)} bears ${wrong.join(', ')}`)
}

/** Places in the replay run from 0 to what was planned, each once; those of what was not published are missing. */
function checkSequences(
  { name, planned, status }: CheckedReplay,
  records: readonly MarkedRecord[],
  anomalies: ReplayAnomalies,
): void {
  const seen = new Map<number, string>()
  for (const { marks, ...place } of records) {
    const { sequence } = marks
    const at = `${name}: ${placeText(place)} bears place ${sequence}`
    if (!Number.isSafeInteger(sequence) || sequence < 0 || sequence >= planned) {
      anomalies.add('marks', `${at} of ${planned}`)
    }
    const twin = seen.get(sequence)
    if (twin !== undefined) anomalies.add('marks', `${at}, as does ${twin}`)
    seen.set(sequence, placeText(place))
  }
  const missing = planned - seen.size
  const excused = status.failed + status.leftOut
  if (missing !== excused) {
    anomalies.add(
      'marks',
      `${name}: ${missing} of ${planned} places are missing, and ${excused} entries were not published`,
    )
  }
}

/** Plan, status and list of errors say what was to happen. @returns that */
function checkCounts(
  { name, planned, status, errors }: CheckedReplay,
  fates: ReadonlyMap<string, Fate>,
  anomalies: ReplayAnomalies,
): Counts {
  const count = (wanted: Fate): number => [...fates.values()].filter((fate) => fate === wanted).length
  const due: Counts = { published: count('published'), failed: count('failed'), leftOut: count('left-out') }
  if (planned !== fates.size) anomalies.add('counts', `${name}: planned ${planned}, and ${fates.size} are selected`)
  if (status.state !== 'completed') {
    anomalies.add('stuck', `${name} is ${status.state}, ${status.published} of ${planned} published`)
  }
  for (const figure of ['published', 'failed', 'leftOut'] as const) {
    if (status[figure] === due[figure]) continue
    anomalies.add('counts', `${name}: status says ${figure} ${status[figure]}, and it is ${due[figure]}`)
  }
  const listed = new Set<string>()
  for (const error of errors) {
    const place = placeText(error)
    if (listed.has(place)) anomalies.add('counts', `${name}: ${place} stands in the list of errors twice`)
    listed.add(place)
    if (fates.get(place) !== 'failed')
      anomalies.add('counts', `${name}: ${place} stands in the list of errors, and was none`)
  }
  if (listed.size < due.failed) {
    anomalies.add('counts', `${name}: ${listed.size} of ${due.failed} entries that failed stand in the list of errors`)
  }
  return due
}
