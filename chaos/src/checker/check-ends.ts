import type { Anomalies } from './anomalies.ts'
import { type Finish } from './finishes.ts'
import { type DeadLetterWrite, type History, isRun, placeText } from './history.ts'

/**
 * Every record of the topic came to exactly one end, and nothing else did.
 *
 * A record below the commit without an end is lost; above it, it is stuck. A dead letter counts when it stands in its topic, byte for byte.
 */
export function checkEnds(
  history: History,
  finishes: ReadonlyMap<string, readonly Finish[]>,
  anomalies: Anomalies,
): { readonly repeatedDeadLetters: number } {
  const { stored, deadLetters, ends, ownerships } = history
  const copies = new Map<string, number>()
  for (const letter of deadLetters) {
    const place = letter.origin && placeText(letter.origin)
    const origin = place === undefined ? undefined : stored.get(place)
    if (place === undefined || origin === undefined) {
      anomalies.add('invented', `${placeText(letter)}: a dead letter of ${place ?? 'nothing'}, which does not exist`)
      continue
    }
    copies.set(place, (copies.get(place) ?? 0) + 1)
    if (origin.hash !== letter.hash || origin.key !== letter.key || origin.event !== letter.event) {
      anomalies.add('invented', `${placeText(letter)}: its key or value is not that of ${place}`)
    }
  }

  const committedTo = new Map(ends.map((end) => [`${end.topic}/${end.partition}`, end.committed ?? 0]))
  for (const [place, record] of stored) {
    const states = new Set((finishes.get(place) ?? []).map(({ state }) => state))
    if (states.has('dead-lettered') && !copies.has(place)) {
      anomalies.add('lost', `${place}: its dead letter was confirmed and stands nowhere`)
      states.delete('dead-lettered')
    }
    if (copies.has(place)) states.add('dead-lettered')
    if (states.size > 1) anomalies.add('states', `${place}: ${[...states].join(' and ')}`)
    if (states.size > 0) continue
    const isBelowCommit = record.offset < (committedTo.get(`${record.topic}/${record.partition}`) ?? 0)
    anomalies.add(isBelowCommit ? 'lost' : 'stuck', `${place}: event ${record.event} (${record.key}) came to no end`)
  }
  for (const { topic, partition, committed = 0, end } of ends) {
    if (committed < end && end > 0) anomalies.add('stuck', `${topic}/${partition}: committed to ${committed} of ${end}`)
    if (committed > end)
      anomalies.add('commits', `${topic}/${partition}: committed to ${committed}, and ends at ${end}`)
  }

  const writes = new Map<string, DeadLetterWrite[]>()
  for (const { log } of ownerships) {
    for (const entry of log) {
      const place = placeText(entry.place)
      const record = stored.get(place)
      if (!isRun(entry)) {
        writes.set(place, [...(writes.get(place) ?? []), entry])
      } else if (
        record === undefined ||
        record.event !== entry.event ||
        record.hash !== entry.hash ||
        record.key !== entry.key
      ) {
        anomalies.add(
          'invented',
          `${place}: ${entry.ownership.member.name} handled ${entry.event}, which does not stand there`,
        )
      }
    }
  }
  return { repeatedDeadLetters: checkCopies(copies, writes, anomalies) }
}

/** A write of unknown outcome is repeated, and may have been stored; so may one whose writer was killed. More copies than writes are nobody's. */
function checkCopies(
  copies: ReadonlyMap<string, number>,
  writes: ReadonlyMap<string, readonly DeadLetterWrite[]>,
  anomalies: Anomalies,
): number {
  let repeated = 0
  for (const [place, count] of copies) {
    const possible = (writes.get(place) ?? []).filter(({ outcome }) => outcome !== 'failed').length
    if (count > possible) anomalies.add('doubled', `${place}: ${count} dead letters, written ${possible} times`)
    else repeated += count - 1
  }
  return repeated
}
