import { placeText } from '../../checker/history.ts'
import type { WitnessedRecord } from '../../witness/witnessed-record.ts'
import type { MarkedRecord } from './marked-record.ts'
import type { ReplayAnomalies } from './replay-anomalies.ts'
import type { ReplayHistory } from './replay-history.ts'

/** The log: read by default it is what it was; asked for a replay it has what that published, header by header in their order. */
export function checkFacts(
  { replays, log }: ReplayHistory,
  {
    originals,
    byReplay,
  }: {
    readonly originals: ReadonlyMap<string, WitnessedRecord>
    readonly byReplay: ReadonlyMap<string, readonly MarkedRecord[]>
  },
  anomalies: ReplayAnomalies,
): void {
  const { factsBefore, factsAfter, facts, replayed } = log
  for (const topic of new Set([...Object.keys(factsBefore), ...Object.keys(factsAfter)])) {
    const [before = 0, after = 0] = [factsBefore[topic], factsAfter[topic]]
    if (before !== after) anomalies.add('facts', `${topic}: ${before} entries before the replays, ${after} after them`)
  }

  const bareOf = new Map<string, string>()
  for (const fact of facts) {
    const place = placeText(fact)
    if (bareOf.has(place)) anomalies.add('facts', `${place}: read from the log twice`)
    bareOf.set(place, fact.bareInOrder)
    if (!originals.has(place)) anomalies.add('facts', `${place}: read from the log, and no original`)
  }
  for (const [place, { marks }] of originals) {
    // What an earlier replay published is no fact.
    if (marks === undefined && !bareOf.has(place)) anomalies.add('facts', `${place}: not read from the log`)
  }

  const names = new Map(replays.map(({ replayId, name }) => [replayId, name]))
  const logged = new Set<string>()
  for (const entry of replayed) {
    const at = `${names.get(entry.replayId) ?? entry.replayId}: ${placeText(entry)}`
    if (logged.has(placeText(entry))) anomalies.add('facts', `${at} is read from the log twice`)
    logged.add(placeText(entry))
    if (entry.bareInOrder !== bareOf.get(placeText(entry.of))) {
      anomalies.add('bytes', `${at} is read from the log with another key, value or header than its original`)
    }
  }
  const inKafka = new Set<string>()
  for (const [replayId, records] of byReplay) {
    for (const record of records) {
      const place = placeText(record)
      inKafka.add(place)
      if (!logged.has(place))
        anomalies.add('facts', `${names.get(replayId)}: ${place} is not read from the log as its own`)
    }
  }
  for (const place of logged) {
    if (!inKafka.has(place)) anomalies.add('facts', `${place}: read from the log as of a replay, and not in Kafka`)
  }
}
