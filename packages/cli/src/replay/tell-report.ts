import type { Replay, ReplayError, ReplayPlan, ReplayReport } from '@ledgerbus/replay'
import type { SettingFlags } from '../config/settings.ts'
import type { Session } from '../edge/session.ts'
import { CommandError } from '../errors/command-error.ts'
import type { PaceFlags } from '../input/replay-options.ts'
import { duration, grouped } from '../output/table.ts'
import { unlessClosed, write } from '../output/write.ts'
import { planView } from './plan-view.ts'
import { runCommand } from './run-command.ts'

/** How a run ended. */
export interface Ending {
  readonly plan: ReplayPlan
  readonly report: ReplayReport
  readonly flags: SettingFlags & PaceFlags
  /** What stopped it; absent where it was not stopped by an error. */
  readonly error?: ReplayError
}

/** Run again after these it would end the same way, or it runs already. */
const endings: ReadonlySet<string> = new Set([
  'REPLAY_FENCED',
  'REPLAY_PREMISES_CHANGED',
  'REPLAY_COUNT_MISMATCH',
  'REPLAY_TOO_MANY_ERRORS',
])

/**
 * Tells a report, and how to go on where that is possible.
 *
 * @throws CommandError `CLI_INTERRUPTED`, `CLI_PARTLY_DONE`; ReplayError where nothing was published
 */
export async function tellReport(session: Session, replay: Replay, ending: Ending): Promise<void> {
  const { edge, printer } = session
  const { plan, report, flags, error } = ending
  const command = canGoOn(ending) ? runCommand(plan.replayId, flags) : undefined
  const facts = { dryRun: false, plan: planView(plan, flags.rate), report }
  await unlessClosed(
    printer.value({ ...facts, ...(command !== undefined && { runCommand: command }) }, () => reportText(report)),
  )
  if (command !== undefined) await write(edge.stderr, `go on with:\n  ${command}\n`)
  if (error !== undefined) throw stopped(ending, error)
  if (report.state === 'cancelled') throw await cancelled(replay, report)
  if (report.state === 'interrupted') throw interrupted(report)
  if (report.failed > 0) throw withFailures(report)
}

function canGoOn({ report: { state }, error }: Ending): boolean {
  if (state === 'completed' || state === 'cancelled') return false
  return error === undefined || !endings.has(error.code)
}

function reportText({ state, planned, published, publishedNow, failed, leftOut, durationMs }: ReplayReport): string {
  if (state === 'completed' && planned === 0) return '\nnothing was published: the plan is empty'
  const now = publishedNow === published ? '' : ` (${grouped(publishedNow)} now)`
  const rest = [
    ...(failed > 0 ? [`, failed ${grouped(failed)}`] : []),
    ...(leftOut > 0 ? [`, left out ${grouped(leftOut)}`] : []),
  ].join('')
  return `\n${state}: planned ${grouped(planned)}, published ${grouped(published)}${now}${rest}, in ${duration(durationMs)}`
}

function publishedText({ published, planned }: ReplayReport): string {
  return `${grouped(published)} of ${grouped(planned)} are published`
}

function interrupted(report: ReplayReport): CommandError {
  return new CommandError(`interrupted; ${publishedText(report)}, the rest is not`, {
    code: 'CLI_INTERRUPTED',
    remedy: 'run the command printed above to go on, or leave it: nothing is half done',
  })
}

async function cancelled(replay: Replay, report: ReplayReport): Promise<CommandError> {
  const { by, note } = await replay.status(report.replayId)
  const why = note === undefined ? '' : ` (${note})`
  return new CommandError(`cancelled by ${by}${why}; ${publishedText(report)}, and no more will be`, {
    code: 'CLI_PARTLY_DONE',
    remedy: 'what is published stays; what is left needs a plan of its own',
  })
}

function withFailures(report: ReplayReport): CommandError {
  return new CommandError(`${publishedText(report)}, ${grouped(report.failed)} could not be`, {
    code: 'CLI_PARTLY_DONE',
    remedy: `ledgerbus replay errors ${report.replayId} lists them`,
  })
}

function stopped({ plan, report, flags }: Ending, error: ReplayError): Error {
  // Somebody else goes on with it: nothing of this end is final.
  if (report.published === 0 || error.code === 'REPLAY_FENCED') return error
  return new CommandError(publishedText(report), {
    code: 'CLI_PARTLY_DONE',
    remedy: remedyOf(error.code, { plan, report, flags }),
    cause: error,
  })
}

function remedyOf(code: string, { plan, report, flags }: Ending): string {
  if (code === 'REPLAY_TOO_MANY_ERRORS') {
    const { maxErrors: _, ...sameOtherwise } = flags
    const errors = `look at \`ledgerbus replay errors ${plan.replayId}\``
    return `${errors}; where more may fail, go on with \`${runCommand(plan.replayId, sameOtherwise)}\` and a --max-errors above ${report.failed}`
  }
  return endings.has(code)
    ? 'see what `ledgerbus replay show` says of the plan, and plan the rest again'
    : 'when the cause is gone, go on with the command printed above'
}
