import type { Anomalies } from './anomalies.ts'
import { finishOf } from './finishes.ts'
import { type History, isRun, type Ownership, placeText, type Run } from './history.ts'
import { endOf } from './ownership-end.ts'

/**
 * The order of each key. Within one ownership: runs of a key never overlap, never go back, and never pass a record that is not finished; none begins once the
 * partition is lost. Across ownerships: runs overlap only where the earlier one was lost or killed, and first finishes rise.
 *
 * @returns how many runs overlapped one of an owner that had lost its partition, or was killed: allowed, and counted
 */
export function checkOrder(history: History, stale: ReadonlySet<Ownership>, anomalies: Anomalies): number {
  for (const ownership of history.ownerships) checkOwnership(ownership, anomalies)
  let overlaps = 0
  for (const runs of runsByKey(history).values()) overlaps += checkKey(runs, stale, anomalies)
  checkFirstFinishes(history, anomalies)
  return overlaps
}

interface KeyState {
  last: Run
  isFinished: boolean
}

function checkOwnership(ownership: Ownership, anomalies: Anomalies): void {
  const keys = new Map<string, KeyState>()
  const keyOf = new Map<string, string>()
  for (const entry of ownership.log) {
    const place = placeText(entry.place)
    if (!isRun(entry)) {
      const state = keys.get(keyOf.get(place) ?? '')
      // Known before the next run begins: the writer waits for the answer.
      if (state !== undefined && placeText(state.last.place) === place)
        state.isFinished ||= finishOf(entry) !== undefined
      continue
    }
    const who = `${place} (${entry.key}) of ${ownership.member.name}`
    if (ownership.lostMs !== undefined && entry.startedMs > ownership.lostMs) {
      anomalies.add('inverted', `${who}: begun after the partition was lost`)
    }
    const state = keys.get(entry.key)
    if (state !== undefined) {
      const { last, isFinished } = state
      const isOpen = last.endedMs === undefined || last.endedMs > entry.startedMs
      if (isOpen) anomalies.add('inverted', `${who}: begun while ${placeText(last.place)} still ran`)
      else if (entry.place.offset < last.place.offset)
        anomalies.add('inverted', `${who}: begun after ${placeText(last.place)}`)
      else if (entry.place.offset > last.place.offset && !isFinished) {
        anomalies.add('inverted', `${who}: begun before ${placeText(last.place)} was finished`)
      }
    }
    keys.set(entry.key, { last: entry, isFinished: finishOf(entry) !== undefined })
    keyOf.set(place, entry.key)
  }
}

function runsByKey({ ownerships }: History): ReadonlyMap<string, Run[]> {
  const keys = new Map<string, Run[]>()
  for (const { log, topic, partition } of ownerships) {
    for (const entry of log) {
      if (!isRun(entry)) continue
      const name = `${topic}/${partition} ${entry.key}`
      const runs = keys.get(name)
      if (runs === undefined) keys.set(name, [entry])
      else runs.push(entry)
    }
  }
  return keys
}

/** Runs of one key by different ownerships. */
function checkKey(runs: Run[], stale: ReadonlySet<Ownership>, anomalies: Anomalies): number {
  let overlaps = 0
  let longest: Run | undefined
  for (const run of runs.sort((left, right) => left.startedMs - right.startedMs)) {
    if (longest !== undefined && longest.ownership !== run.ownership && endedMs(longest) > run.startedMs) {
      const [older, younger] = longest.ownership.assignedMs < run.ownership.assignedMs ? [longest, run] : [run, longest]
      if (stale.has(younger.ownership) || isLetGo(older, younger)) overlaps += 1
      else {
        const places = `${placeText(run.place)} of ${run.ownership.member.name} and ${placeText(longest.place)} of ${longest.ownership.member.name}`
        anomalies.add(
          'inverted',
          `${places} (${run.key}): run at the same time by two owners, of which the earlier was not fenced`,
        )
      }
    }
    if (longest === undefined || endedMs(run) > endedMs(longest)) longest = run
  }
  return overlaps
}

/** Whether the owner of a run had given its partition up, or was made to, before another owner's run of the same key began. */
function isLetGo(older: Run, younger: Run): boolean {
  const { ownership } = older
  const end = endOf(ownership)
  if (end === 'lost' || end === 'killed' || end === 'crashed') return true
  // Called off when the time to close was over: it goes on as long as it likes, and what it returns does not count.
  const { lostMs = Number.POSITIVE_INFINITY } = ownership
  return older.isAborted === true && lostMs <= younger.startedMs
}

function endedMs({ endedMs: ms, ownership }: Run): number {
  return ms ?? ownership.member.killedMs ?? ownership.member.endedMs ?? Number.POSITIVE_INFINITY
}

interface FirstFinish {
  readonly offset: number
  ms: number
}

function checkFirstFinishes({ ownerships }: History, anomalies: Anomalies): void {
  const keys = new Map<string, Map<number, FirstFinish>>()
  for (const { log, topic, partition } of ownerships) {
    const keyOf = new Map<number, string>()
    for (const entry of log) {
      const { offset } = entry.place
      if (isRun(entry)) keyOf.set(offset, entry.key)
      const finish = finishOf(entry)
      const key = keyOf.get(offset)
      if (finish === undefined || key === undefined) continue
      const name = `${topic}/${partition} ${key}`
      const firsts = keys.get(name) ?? new Map<number, FirstFinish>()
      keys.set(name, firsts)
      const first = firsts.get(offset)
      if (first === undefined) firsts.set(offset, { offset, ms: finish.ms })
      else first.ms = Math.min(first.ms, finish.ms)
    }
  }
  for (const [name, firsts] of keys) {
    const inTime = [...firsts.values()].sort((left, right) => left.ms - right.ms)
    for (const [index, { offset }] of inTime.entries()) {
      const before = inTime[index - 1]
      if (before !== undefined && before.offset > offset) {
        anomalies.add('inverted', `${name}: ${offset} was first finished after ${before.offset}`)
      }
    }
  }
}
