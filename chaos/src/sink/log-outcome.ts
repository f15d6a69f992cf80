import type { RunOutcome } from '../run-outcome.ts'
import type { LogReport } from './checker/check-log.ts'

export interface LogOutcomeOptions {
  readonly run: string
  readonly seed: number
  readonly report: LogReport
  /** Further figures of the verdict, behind `events`. */
  readonly figures: Readonly<Record<string, number>>
  readonly problems: readonly string[]
}

/** What the history of a log means for the verdict. */
export function logOutcome({ run, seed, report, figures, problems }: LogOutcomeOptions): RunOutcome {
  const { anomalies, counts } = report
  const { published, unknown, failed, stored, read, rows, copies, rewritten } = counts
  const share = stored === 0 ? 0 : (100 * rewritten) / stored
  return {
    run,
    seed,
    isGood: report.isOk,
    figures: {
      events: published + unknown,
      ...figures,
      ...anomalies,
      copies,
      rewritten,
      recoveries: counts.recoveries,
      unknown,
    },
    details: [
      `${published} published, ${unknown} unknown, ${failed} failed or aborted; ${stored} in Kafka, ${read} in the log as read`,
      `${rows} rows, ${copies} of them hidden copies; ${rewritten} records written again in another range (${share.toFixed(2)} %)`,
      `${counts.inserts} inserts: ${counts.repeatedInserts} repeated, ${counts.recoveries} taken over from another sink`,
    ],
    examples: report.examples,
    problems,
  }
}
