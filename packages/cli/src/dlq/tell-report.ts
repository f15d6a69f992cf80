import { RedriveError, type RedrivePlan, type RedriveReport } from '@ledgerbus/consumer'
import type { Session } from '../edge/session.ts'
import { CommandError } from '../errors/command-error.ts'
import { duration, grouped } from '../output/table.ts'
import { unlessClosed } from '../output/write.ts'
import { redrivePlanView } from './plan-view.ts'

/** Runs what takes a plan to its report, and tells that, also of a run that stopped: its report is as much its result. */
export async function tellReport(
  { printer }: Session,
  plan: RedrivePlan,
  run: () => Promise<RedriveReport>,
): Promise<void> {
  const tell = (report: RedriveReport): Promise<void> =>
    unlessClosed(
      printer.value({ dryRun: false, plan: redrivePlanView(plan, undefined), report }, () => reportText(report)),
    )
  let report: RedriveReport
  try {
    report = await run()
  } catch (error) {
    if (!(error instanceof RedriveError) || error.report === undefined) throw error
    await tell(error.report)
    throw doneOf(error.report) + error.report.unknown > 0 ? partly(error.report, error) : error
  }
  await tell(report)
  if (report.state === 'interrupted') throw interrupted(report)
  if (report.failed > 0) throw partly(report)
}

function doneOf({ redriven, parked, discarded }: RedriveReport): number {
  return redriven + parked + discarded
}

function reportText(report: RedriveReport): string {
  const { state, planned, redriven, parked, discarded, skipped, failed, unknown, durationMs } = report
  if (state === 'empty') return '\nnothing was done: the plan is empty'
  const counts: [string, number][] = [
    ['redriven', redriven],
    ['parked', parked],
    ['discarded', discarded],
    ['skipped', skipped],
    ['failed', failed],
    ['unknown', unknown],
  ]
  const said = counts.flatMap(([name, count]) => (count === 0 ? [] : [`${name} ${grouped(count)}`])).join(', ')
  return [
    `\n${state}: planned ${grouped(planned)}, ${said || 'nothing done'}, in ${duration(durationMs)}`,
    ...(redriven === 0 ? [] : [endsText(report)]),
    ...reasonsText(report),
  ].join('\n')
}

function endsText({ redriven, resolved, failedAgain }: RedriveReport): string {
  const open = Math.max(redriven - resolved - failedAgain, 0)
  return `of the redriven: ${grouped(resolved)} resolved, ${grouped(failedAgain)} failed again, ${grouped(open)} not ended yet`
}

/** Why letters were skipped or failed, each reason once. */
function reasonsText({ letters }: RedriveReport): string[] {
  const counts = new Map<string, number>()
  for (const { outcome, reason } of letters) {
    if (reason === undefined) continue
    const said = `${outcome}: ${reason}`
    counts.set(said, (counts.get(said) ?? 0) + 1)
  }
  return [...counts].map(([said, count]) => `${grouped(count)} ${said}`)
}

function interrupted(report: RedriveReport): CommandError {
  return new CommandError(
    `interrupted; ${grouped(doneOf(report))} of ${grouped(report.planned)} are done, the rest is not`,
    {
      code: 'CLI_INTERRUPTED',
      remedy: 'run the same command again to go on: what is done is skipped',
    },
  )
}

function partly(report: RedriveReport, cause?: RedriveError): CommandError {
  const doubt = report.unknown > 0 ? `, ${grouped(report.unknown)} more may be` : ''
  return new CommandError(`${grouped(doneOf(report))} of ${grouped(report.planned)} are done${doubt}`, {
    code: 'CLI_PARTLY_DONE',
    remedy:
      'when the cause is gone, run the same command again: what is done is skipped, and what is in doubt is settled first',
    ...(cause !== undefined && { cause }),
  })
}
