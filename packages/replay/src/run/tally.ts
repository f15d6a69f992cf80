import type { Clock } from '@ledgerbus/core'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import type { PageOutcome } from './page-publisher.ts'
import { encodeReplayCursor, type ReplayCursor } from './replay-cursor.ts'
import type { ReplayProgress, ReplayReport } from './replay-report.ts'

/** Counts a run. */
export interface Tally {
  /** Place in the replay of the next record, from 0. */
  next(): number
  /** `logCursor` stands behind the page; asked for only when the whole page was published. */
  add(outcome: PageOutcome, logCursor: () => string): void
  /** Planned and not yet published. */
  missing(): number
  progress(): ReplayProgress
  report(state: ReplayReport['state']): ReplayReport
}

export function createTally(plan: ReplayPlan, clock: Clock, after: ReplayCursor | undefined): Tally {
  const startedAtMs = clock.monotonicMs()
  const planned = plan.summary.entries
  const publishedBefore = after?.published ?? 0
  let published = 0
  let failed = 0
  let unknown = 0
  let resume = after

  function elapsedMs(): number {
    return Math.round(clock.monotonicMs() - startedAtMs)
  }

  return {
    next: () => publishedBefore + published,
    add(outcome, logCursor) {
      published += outcome.published
      failed += outcome.failed
      unknown += outcome.unknown
      if (outcome.error !== undefined) return
      resume = {
        planHash: plan.hash,
        published: publishedBefore + published,
        logCursor: logCursor(),
        below: plan.selection.below,
      }
    },
    missing: () => planned - publishedBefore - published,
    progress: () => ({
      replayId: plan.replayId,
      planned,
      published: publishedBefore + published,
      elapsedMs: elapsedMs(),
      ...(resume !== undefined && { resumeCursor: encodeReplayCursor(resume) }),
    }),
    report(state) {
      const goesOn = state === 'interrupted' || state === 'stopped'
      return Object.freeze({
        replayId: plan.replayId,
        planHash: plan.hash,
        state,
        planned,
        publishedBefore,
        published,
        failed,
        unknown,
        durationMs: elapsedMs(),
        ...(goesOn && resume !== undefined && { resumeCursor: encodeReplayCursor(resume) }),
      })
    },
  }
}
