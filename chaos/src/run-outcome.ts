import type { CheckReport } from './checker/check-history.ts'

/** How a run ended, for the verdict line and for who looks closer. */
export interface RunOutcome {
  readonly run: string
  readonly seed: number
  readonly report: CheckReport
  /** Further figures of the verdict, in their order behind `events`. */
  readonly figures: Readonly<Record<string, number>>
  /** What went wrong besides what the checker found: the run itself could not do what it should. */
  readonly problems: readonly string[]
  /** Records handled again of causes that this run has no excuse for. */
  readonly forbiddenRepeats?: number
}

export function isOk({ report, problems, forbiddenRepeats = 0 }: RunOutcome): boolean {
  return report.isOk && problems.length === 0 && forbiddenRepeats === 0
}

/** The one line on stdout that a run ends with. */
export function verdictLine(outcome: RunOutcome): string {
  const { run, seed, report, figures } = outcome
  const { lost, doubled, inverted, ...others } = report.anomalies
  const { published, unknown, failed } = report.counts
  const repeated = Object.values(report.repeated).reduce((sum, count) => sum + count, 0)
  const values = {
    events: published + unknown + failed,
    ...figures,
    lost,
    doubled,
    inverted,
    repeated,
    overlaps: report.overlaps,
    ...others,
    unknown,
    seed,
  }
  const words = Object.entries(values).map(([name, value]) => `${name}=${value}`)
  return `CHAOS ${run} ${isOk(outcome) ? 'ok' : 'failed'} ${words.join(' ')}`
}

/** What stands behind a verdict, for people. */
export function detailLines({ report, problems }: RunOutcome): string[] {
  const { counts, repeated, examples } = report
  const firstOf = (kind: string): number => examples.findIndex((example) => example.kind === kind)
  const causes = Object.entries(repeated).filter(([, count]) => count > 0)
  return [
    `${counts.published} published, ${counts.unknown} unknown, ${counts.failed} failed; ${counts.stored} stored`,
    `${counts.runs} runs of handlers: ${counts.handled} records handled, ${counts.skipped} skipped, ${counts.deadLettered} set aside`,
    `handled again where the design allows it: ${causes.map(([cause, count]) => `${cause} ${count}`).join(', ') || 'none'}`,
    ...problems.map((problem) => `problem: ${problem}`),
    ...examples.filter(({ kind }, index) => index - firstOf(kind) < 5).map(({ kind, text }) => `${kind}: ${text}`),
    ...(examples.length > 0 ? ['the first of each kind; more in verdict.json'] : []),
  ]
}
