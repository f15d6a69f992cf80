import { placeText } from '../../checker/history.ts'
import type { LogHistory } from './log-history.ts'

/** When each record is first known to stand in the log, by its place: at the answer to an insert whose range holds it, or to the question for it. */
export function standingTimes({
  stored,
  inserts,
  found,
}: Pick<LogHistory, 'stored' | 'inserts' | 'found'>): ReadonlyMap<string, readonly { readonly ms: number }[]> {
  const offsets = new Map<string, number[]>()
  for (const { topic, partition, offset } of stored) {
    const name = `${topic}/${partition}`
    const known = offsets.get(name)
    if (known === undefined) offsets.set(name, [offset])
    else known.push(offset)
  }
  for (const each of offsets.values()) each.sort((left, right) => left - right)

  const times = new Map<string, { readonly ms: number }[]>()
  function add(place: string, ms: number): void {
    const before = times.get(place)
    if (before === undefined) times.set(place, [{ ms }])
    else before.push({ ms })
  }
  for (const { place, ms } of found) add(placeText(place), ms)
  for (const { topic, partition, first, next, outcome, answeredMs } of inserts) {
    if (outcome !== 'ok' || answeredMs === undefined) continue
    const known = offsets.get(`${topic}/${partition}`) ?? []
    for (let index = indexOf(known, first); index < known.length; index += 1) {
      const offset = known[index] ?? next
      if (offset >= next) break
      add(placeText({ topic, partition, offset }), answeredMs)
    }
  }
  return times
}

/** Of the first that is not below `least`. */
function indexOf(sorted: readonly number[], least: number): number {
  let from = 0
  let to = sorted.length
  while (from < to) {
    const middle = (from + to) >> 1
    if ((sorted[middle] ?? least) < least) from = middle + 1
    else to = middle
  }
  return from
}
