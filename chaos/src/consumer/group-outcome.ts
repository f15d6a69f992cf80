import type { CheckReport } from '../checker/check-history.ts'
import type { RunOutcome } from '../run-outcome.ts'

export interface GroupOutcomeOptions {
  readonly run: string
  readonly seed: number
  readonly report: CheckReport
  /** Further figures of the verdict, behind `events`. */
  readonly figures: Readonly<Record<string, number>>
  readonly problems: readonly string[]
  /** Records handled again of causes that this run has no excuse for. */
  readonly forbiddenRepeats?: number
}

/** What the history of a group of consumers means for the verdict. */
export function groupOutcome(options: GroupOutcomeOptions): RunOutcome {
  const { run, seed, report, problems, forbiddenRepeats = 0 } = options
  const { lost, doubled, inverted, ...others } = report.anomalies
  const { counts, repeated, overlaps } = report
  const { published, unknown, failed } = counts
  const causes = Object.entries(repeated).filter(([, count]) => count > 0)
  return {
    run,
    seed,
    isGood: report.isOk && forbiddenRepeats === 0,
    figures: {
      events: published + unknown + failed,
      ...options.figures,
      lost,
      doubled,
      inverted,
      repeated: Object.values(repeated).reduce((sum, count) => sum + count, 0),
      overlaps,
      ...others,
      unknown,
    },
    details: [
      `${published} published, ${unknown} unknown, ${failed} failed; ${counts.stored} stored`,
      `${counts.runs} runs of handlers: ${counts.handled} records handled, ${counts.skipped} skipped, ${counts.deadLettered} set aside`,
      `handled again where the design allows it: ${causes.map(([cause, count]) => `${cause} ${count}`).join(', ') || 'none'}`,
    ],
    examples: report.examples,
    problems,
  }
}
