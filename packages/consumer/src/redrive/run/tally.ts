import type { Clock } from '@ledgerbus/core'
import type { RedrivePlan } from '../plan/redrive-plan.ts'
import type { LetterPlace } from '../state/letter-state.ts'
import type { LetterOutcome, RedriveCounts, RedriveProgress, RedriveReport } from './redrive-report.ts'

/** What the group told of redriven letters. */
export type EndedCounts = Pick<RedriveCounts, 'resolved' | 'failedAgain'>

/** Counts a run. */
export interface Tally {
  add(place: LetterPlace, outcome: LetterOutcome['outcome'], reason?: string): void
  readonly redriven: number
  progress(): RedriveProgress
  report(state: RedriveReport['state']): RedriveReport
}

export function createTally(plan: RedrivePlan, clock: Clock, ended: () => EndedCounts): Tally {
  const startedAtMs = clock.monotonicMs()
  const letters: LetterOutcome[] = []
  const counts = { redriven: 0, parked: 0, discarded: 0, skipped: 0, failed: 0, unknown: 0 }
  const planned = plan.counts.letters

  function elapsedMs(): number {
    return Math.round(clock.monotonicMs() - startedAtMs)
  }

  return {
    add({ partition, offset }, outcome, reason) {
      counts[outcome] += 1
      letters.push({ partition, offset: String(offset), outcome, ...(reason !== undefined && { reason }) })
    },
    get redriven() {
      return counts.redriven
    },
    progress: () => ({
      redriveId: plan.redriveId,
      planned,
      done: letters.length - counts.unknown,
      ...counts,
      ...ended(),
      elapsedMs: elapsedMs(),
    }),
    report: (state) =>
      Object.freeze({
        redriveId: plan.redriveId,
        planHash: plan.hash,
        state,
        planned,
        ...counts,
        ...ended(),
        durationMs: elapsedMs(),
        letters: Object.freeze([...letters]),
      }),
  }
}
