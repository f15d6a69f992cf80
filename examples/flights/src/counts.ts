import type { ConsumerCounts } from '@ledgerbus/consumer'

/** What happened, in numbers that must add up. */
export interface FlightsCounts {
  /** Records put on the topic `flight`: events and malformed records. */
  readonly published: number
  /** The compensation group before the replay. */
  readonly compensation: ConsumerCounts
  readonly statistics: ConsumerCounts
  /** Records of all topics before the replay, by Kafka's offsets. */
  readonly recordsInKafka: number
  /** Entries of all topics before the replay. */
  readonly entriesInLog: number
  /** First-hand entries of the topic `flight` after the replay: a replay adds no facts. */
  readonly factsAfterReplay: number
  readonly affected: number
  readonly planned: number
  readonly replayed: number
  /** Entries marked with the replay's id. */
  readonly replaysInLog: number
  readonly receivedByTarget: number
  /** Replayed flights that the target group handled more than once. */
  readonly handledTwice: number
  /** Replayed flights that the other group handled. */
  readonly seenByOther: number
  /** Affected flights whose amount is still wrong. */
  readonly stillWrong: number
}

/** Records a group is done with. */
export function settledRecords(counts: ConsumerCounts): number {
  return counts.handled + counts.deadLettered + Object.values(counts.skipped).reduce((sum, count) => sum + count, 0)
}

export function skippedBy(counts: ConsumerCounts, rule: string): number {
  return counts.skipped[rule] ?? 0
}

/** Every sum that does not add up, as a sentence. */
export function checkCounts(counts: FlightsCounts): string[] {
  const equal: readonly [string, number, number][] = [
    ['published = settled by compensation', counts.published, settledRecords(counts.compensation)],
    [
      'published + replayed = settled by statistics',
      counts.published + counts.replayed,
      settledRecords(counts.statistics),
    ],
    ['records in Kafka = entries in the log', counts.recordsInKafka, counts.entriesInLog],
    ['facts in the log after the replay = published', counts.factsAfterReplay, counts.published],
    ['affected = planned', counts.affected, counts.planned],
    ['planned = replayed', counts.planned, counts.replayed],
    ['replayed = marked entries in the log', counts.replayed, counts.replaysInLog],
    ['replayed = received by the target group', counts.replayed, counts.receivedByTarget],
    ['handled twice', counts.handledTwice, 0],
    ['replayed flights seen by the other group', counts.seenByOther, 0],
    ['amounts still wrong', counts.stillWrong, 0],
  ]
  return equal.flatMap(([what, left, right]) => (left === right ? [] : [`${what}: ${left}, not ${right}`]))
}
