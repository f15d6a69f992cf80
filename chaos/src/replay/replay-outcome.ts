import type { RunOutcome } from '../run-outcome.ts'
import type { ReplaysReport } from './checker/check-replays.ts'

export interface ReplayOutcomeOptions {
  readonly seed: number
  readonly report: ReplaysReport
  /** Further figures of the verdict, behind `events`. */
  readonly figures: Readonly<Record<string, number>>
  readonly details: readonly string[]
  readonly problems: readonly string[]
}

/** What the history of replays means for the verdict. */
export function replayOutcome({ seed, report, figures, details, problems }: ReplayOutcomeOptions): RunOutcome {
  const { anomalies, counts } = report
  const { originals, planned, published, leftOut, failed, runners, fenced, gaveUp } = counts
  return {
    run: 'replay',
    seed,
    isGood: report.isOk,
    figures: { events: originals, ...figures, published, ...anomalies, runners, fenced, gaveUp },
    details: [
      `${planned} planned by all replays: ${published} published, ${leftOut} left out, ${failed} failed`,
      `${runners} runners: ${fenced} were shut out by another, ${gaveUp} gave up and were started again`,
      ...details,
    ],
    examples: report.examples,
    problems,
  }
}
