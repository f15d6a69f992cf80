import { type FlightsCounts, settledRecords, skippedBy } from './counts.ts'

const number = new Intl.NumberFormat('en-US')

function sum(...values: number[]): string {
  return values.map((value) => number.format(value)).join(' + ')
}

/** The last screen: what went in, what came out, and that both are the same. */
export function reportCounts(counts: FlightsCounts, seconds: number): string[] {
  const { compensation, statistics } = counts
  const skipped = settledRecords(compensation) - compensation.handled - compensation.deadLettered
  const lines: readonly [string, string][] = [
    [
      'published = handled + dead-lettered + skipped',
      `${number.format(counts.published)} = ${sum(compensation.handled, compensation.deadLettered, skipped)}`,
    ],
    [
      'records in Kafka = entries in the log',
      `${number.format(counts.recordsInKafka)} = ${number.format(counts.entriesInLog)}`,
    ],
    [
      'planned = replayed = received by compensation',
      [counts.planned, counts.replayed, counts.receivedByTarget].map((count) => number.format(count)).join(' = '),
    ],
    [
      'replayed flights handled by statistics',
      `${counts.seenByOther} (${number.format(skippedBy(statistics, 'replay-for-other-groups'))} skipped)`,
    ],
    [
      'facts in the log before and after the replay',
      `${number.format(counts.published)} = ${number.format(counts.factsAfterReplay)}`,
    ],
    ['amounts still wrong', String(counts.stillWrong)],
  ]
  return [
    '',
    `All counts add up, after ${seconds.toFixed(1)} s:`,
    ...lines.map(([what, value]) => `   ${what.padEnd(46)} ${value}`),
  ]
}
