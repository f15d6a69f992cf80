import type { LogAnomalies } from './log-anomalies.ts'
import type { Append, LogHistory } from './log-history.ts'

/**
 * The topic against what was published. `ok` stands where the receipt says; `failed` stands nowhere, and an aborted transaction failed; `unknown` may stand, or not;
 * none stands twice.
 *
 * @returns digests of acknowledged records with their headers in order, by partition and offset
 */
export function checkAppends(
  { appends, stored }: Pick<LogHistory, 'appends' | 'stored'>,
  anomalies: LogAnomalies,
): ReadonlyMap<string, string> {
  const places = new Map(stored.map((record) => [`${record.partition}@${record.offset}`, record]))
  const outcomes = new Map<string, NonNullable<Append['outcome']>>()
  const published = new Map<string, string>()
  for (const { partition, digests, digestsInOrder, outcome = 'unknown', base = 0 } of appends) {
    for (const [index, digest] of digests.entries()) {
      outcomes.set(digest, outcome)
      if (outcome !== 'ok') continue
      const name = `${partition}@${base + index}`
      published.set(name, digestsInOrder[index] ?? '')
      const record = places.get(name)
      if (record === undefined) anomalies.add('lost', `${name}: confirmed to its producer, and not in Kafka`)
      else if (record.digest !== digest) anomalies.add('bytes', `${name}: in Kafka, and published otherwise`)
    }
  }

  const seen = new Map<string, string>()
  for (const [name, { digest }] of places) {
    const outcome = outcomes.get(digest)
    const twin = seen.get(digest)
    if (twin !== undefined) anomalies.add('doubled', `${name}: published once, and in Kafka at ${twin} too`)
    seen.set(digest, name)
    // One that is acknowledged, and differs, is told above.
    if (outcome === undefined && !published.has(name))
      anomalies.add('invented', `${name}: in Kafka, and nobody published it`)
    if (outcome === 'failed') anomalies.add('invented', `${name}: in Kafka, though publishing it failed or was aborted`)
  }
  return published
}
