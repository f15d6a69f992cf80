import { type Anomaly, type AnomalyKind, anomalyKinds, createAnomalies } from './anomalies.ts'
import { checkCommits } from './check-commits.ts'
import { checkEnds } from './check-ends.ts'
import { checkOrder } from './check-order.ts'
import { checkRepeats, type RepeatCause } from './check-repeats.ts'
import { checkStored } from './check-stored.ts'
import { finishesByPlace } from './finishes.ts'
import type { History } from './history.ts'
import { staleOwnerships } from './stale-ownerships.ts'

/** What a run showed. */
export interface CheckReport {
  /** No anomaly of any kind. */
  readonly isOk: boolean
  readonly anomalies: Readonly<Record<AnomalyKind, number>>
  /** The first of each kind. */
  readonly examples: readonly Anomaly[]
  /** Records handled again where the design allows it. */
  readonly repeated: Readonly<Record<RepeatCause | 'dead-letter', number>>
  /** Runs beside one of an owner that had lost its partition: its late result is fenced, its effect is not. */
  readonly overlaps: number
  readonly counts: {
    readonly published: number
    readonly unknown: number
    readonly failed: number
    readonly stored: number
    readonly runs: number
    readonly handled: number
    readonly skipped: number
    readonly deadLettered: number
  }
}

/** Checks a run. Works with sets and hashes, never with sums: a loss and a duplicate would cancel each other. */
export function checkHistory(history: History): CheckReport {
  const anomalies = createAnomalies(anomalyKinds)
  const finishes = finishesByPlace(history)
  const stale = staleOwnerships(history)
  checkStored(history, anomalies)
  const { repeatedDeadLetters } = checkEnds(history, finishes, anomalies)
  const repeated = checkRepeats(history, finishes, stale, anomalies)
  const overlaps = checkOrder(history, stale, anomalies)
  checkCommits(history, finishes, stale, anomalies)
  for (const { name, crash } of history.members.values()) {
    if (crash !== undefined) anomalies.add('crashed', `${name} ended by itself: ${crash}`)
  }

  const outcomes = { ok: 0, failed: 0, unknown: 0 }
  for (const { outcome = 'unknown' } of history.publishes.values()) outcomes[outcome] += 1
  const states = { handled: 0, skipped: 0, 'dead-lettered': 0 }
  for (const [first] of finishes.values()) if (first !== undefined) states[first.state] += 1
  return {
    isOk: anomalies.isNone,
    anomalies: anomalies.counts,
    examples: anomalies.examples,
    repeated: { ...repeated, 'dead-letter': repeatedDeadLetters },
    overlaps,
    counts: {
      published: outcomes.ok,
      unknown: outcomes.unknown,
      failed: outcomes.failed,
      stored: history.stored.size,
      runs: history.ownerships.reduce((sum, { log }) => sum + log.filter((entry) => 'attempt' in entry).length, 0),
      handled: states.handled,
      skipped: states.skipped,
      deadLettered: states['dead-lettered'],
    },
  }
}
