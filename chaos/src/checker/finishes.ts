import { type DeadLetterWrite, type History, isRun, type Ownership, placeText, type Run } from './history.ts'

/** A record came to an end under an ownership. */
export interface Finish {
  readonly ownership: Ownership
  readonly ms: number
  readonly state: 'handled' | 'skipped' | 'dead-lettered'
}

/** What a step of an ownership finished, if it did: a dead letter counts once it is known to stand. */
export function finishOf(entry: Run | DeadLetterWrite): Finish | undefined {
  const { ownership } = entry
  if (isRun(entry)) {
    const { result, endedMs: ms, isAborted } = entry
    if (ms === undefined || isAborted === true || result === undefined || result === 'failed') return undefined
    return { ownership, ms, state: result }
  }
  return entry.outcome === 'ok' && entry.answeredMs !== undefined
    ? { ownership, ms: entry.answeredMs, state: 'dead-lettered' }
    : undefined
}

/** All ends of all records, by place. */
export function finishesByPlace(history: History): ReadonlyMap<string, readonly Finish[]> {
  const finishes = new Map<string, Finish[]>()
  for (const ownership of history.ownerships) {
    for (const entry of ownership.log) {
      const finish = finishOf(entry)
      if (finish === undefined) continue
      const place = placeText(entry.place)
      const before = finishes.get(place)
      if (before === undefined) finishes.set(place, [finish])
      else before.push(finish)
    }
  }
  return finishes
}
