import {
  checkReplayRequest,
  createReplay,
  decodeReplayCursor,
  type Replay,
  ReplayError,
  type ReplayPlan,
  type ReplayReport,
  type ReplayRequest,
} from '@ledgerbus/replay'
import { withAuditLog } from '../edge/connect.ts'
import { type CommonFlags, openSession, type Session } from '../edge/session.ts'
import { OutputClosed } from '../edge/interruption.ts'
import { CommandError } from '../errors/command-error.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withClickHouse, withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { requireKnownNames } from '../input/known-entries.ts'
import { guessingTopics } from '../input/guessing-topics.ts'
import { type SelectionFlags, toSelection, withSelection } from '../input/selection-options.ts'
import { collect, positive } from '../input/values.ts'
import { createProgress } from '../output/progress.ts'
import { duration, grouped } from '../output/table.ts'
import { unlessClosed, write } from '../output/write.ts'
import { confirmReplay } from '../replay/confirm-replay.ts'
import { planText, planView } from '../replay/plan-view.ts'
import { resumeCommand } from '../replay/resume-command.ts'

type ReplayFlags = CommonFlags &
  SelectionFlags & {
    readonly group?: string[]
    readonly target?: string
    readonly reason?: string
    readonly rate?: number
    readonly dryRun?: true
    readonly yes?: true
    readonly confirm?: string[]
    readonly after?: string
    readonly replayId?: string
  }

export const replayCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(withClickHouse(withSelection(command))))
    .optionsGroup('What is done with them:')
    .option('--group <name>', 'a consumer group that shall handle them, all others skip them; repeatable', collect)
    .option('--reason <text>', 'why; travels with every record')
    .option('--target <topic>', 'publish to this topic instead of the one they came from')
    .option('--rate <n>', 'at most so many a second', positive)
    .option('--dry-run', 'print the plan and publish nothing')
    .option('--yes', 'do not ask, where --target names another topic')
    .option('--confirm <topic>', 'do not ask before publishing to this topic again; repeatable', collect)
    .option('--after <cursor>', 'go on where an interrupted replay ended, with its --replay-id')
    .option('--replay-id <id>', 'the replay that goes on')
    .addHelpText(
      'after',
      helpAfter([
        "ledgerbus replay --from 2026-01-31 --to 2026-02-01 --event 'order.*' --dry-run",
        "ledgerbus replay --from -2h --to now --event order.created --group billing --reason 'bug 42 is fixed' --confirm orders",
      ]),
    )
    .action(async (flags: ReplayFlags) => {
      // What was typed is checked before anything is looked for or connected.
      const request = toRequest(flags, edge.clock.nowMs())
      const session = await openSession(edge, flags)
      await withAuditLog(session, async (auditLog) => {
        const { clock, ids } = edge
        const replay = createReplay({ broker: await session.broker(), auditLog, clock, ids, logger: session.logger })
        try {
          const targets = request.target === undefined ? [] : [request.target]
          const plan = await guessingTopics(session, targets, () => replay.plan(request, { signal: edge.interrupted }))
          if (plan.summary.entries === 0) await requireKnownNames(request, auditLog, session.settings)
          await (flags.dryRun === true ? showPlan(session, plan, flags) : carryOut(session, replay, plan, flags))
        } finally {
          await replay.close()
        }
      })
    })

function toRequest(flags: ReplayFlags, nowMs: number): ReplayRequest {
  const selection = toSelection(flags, nowMs)
  const request = {
    ...selection,
    // A bound that is missing is the replay's to refuse: it says the same to programs.
    fromMs: selection.fromMs ?? Number.NaN,
    toMs: selection.toMs ?? Number.NaN,
    groups: flags.group ?? [],
    reason: flags.reason ?? '',
    ...(flags.target !== undefined && { target: flags.target }),
    ...(flags.replayId !== undefined && { replayId: flags.replayId }),
  }
  checkReplayRequest(request)
  requireWhatRunsNeed(flags)
  return flags.after === undefined ? request : { ...request, below: decodeReplayCursor(flags.after).below }
}

function requireWhatRunsNeed(flags: ReplayFlags): void {
  if ((flags.after === undefined) !== (flags.replayId === undefined)) {
    throw new CommandError('--after and --replay-id belong together', { code: 'CLI_USAGE' })
  }
  if (flags.dryRun === true) return
  const missing = [
    ...(flags.group === undefined ? ['--group (who shall handle the records)'] : []),
    // A script whose variable is empty says no more than one that leaves the flag out.
    ...(flags.reason === undefined || flags.reason === '' ? ['--reason'] : []),
  ]
  if (missing.length === 0) return
  throw new CommandError(`to publish, a replay needs ${missing.join(' and ')}`, {
    code: 'CLI_USAGE',
    remedy: 'add them, or add --dry-run to see the plan and the groups that read these topics',
  })
}

function showPlan({ printer }: Session, plan: ReplayPlan, { rate }: ReplayFlags): Promise<void> {
  return printer.value(
    { dryRun: true, plan: planView(plan, rate) },
    () => `${planText(plan, rate)}\n\ndry run: nothing was published`,
  )
}

async function carryOut(session: Session, replay: Replay, plan: ReplayPlan, flags: ReplayFlags): Promise<void> {
  const { edge, printer } = session
  // The plan is data of its own only where people read it; as JSON it comes with the report, in one value.
  if (printer.format === 'text') {
    await write(edge.stdout, `${planText(plan, flags.rate)}\n`).catch(nobodySawThePlan)
  }
  if (plan.summary.entries > 0)
    await confirmReplay(plan, edge, { yes: flags.yes === true, topics: flags.confirm ?? [] })
  try {
    await tellReport(session, plan, await run(session, replay, plan, flags), flags)
  } catch (error) {
    // The report of a replay that stopped is as much its result as that of one that ended.
    if (!(error instanceof ReplayError) || error.report === undefined) throw error
    await tellReport(session, plan, error.report, flags)
    throw error.report.published + error.report.unknown > 0 ? partly(error, error.report) : error
  }
}

/** A plan that nobody read is no reason to publish, and what was not published is no success. */
function nobodySawThePlan(error: unknown): never {
  if (!(error instanceof OutputClosed)) throw error
  throw new CommandError('nobody reads the plan any more; nothing was published', { code: 'CLI_INTERRUPTED' })
}

async function run(session: Session, replay: Replay, plan: ReplayPlan, flags: ReplayFlags): Promise<ReplayReport> {
  const { edge } = session
  const progress = await createProgress(edge, {
    what: 'replaying',
    total: plan.summary.entries,
    done: flags.after === undefined ? 0 : decodeReplayCursor(flags.after).published,
  })
  try {
    return await replay.run(plan, {
      signal: edge.interrupted,
      onProgress: ({ published }) => {
        progress.update(published)
      },
      ...(flags.rate !== undefined && { ratePerSecond: flags.rate }),
      ...(flags.after !== undefined && { after: flags.after }),
    })
  } finally {
    progress.stop()
  }
}

async function tellReport(session: Session, plan: ReplayPlan, report: ReplayReport, flags: ReplayFlags): Promise<void> {
  const { edge, printer } = session
  const resume = report.resumeCursor
  const command = resume === undefined ? undefined : resumeCommand(plan, { ...flags, cursor: resume })
  const facts = { dryRun: false, plan: planView(plan, flags.rate), report }
  const shown = { ...facts, ...(command !== undefined && { resumeCommand: command }) }
  await unlessClosed(printer.value(shown, () => reportText(report)))
  if (report.state === 'completed' || report.state === 'empty') return
  if (command !== undefined) await write(edge.stderr, `go on with:\n  ${command}\n`)
  if (report.state === 'interrupted') throw interrupted(report)
}

function reportText({ state, planned, publishedBefore, published, failed, unknown, durationMs }: ReplayReport): string {
  if (state === 'empty') return '\nnothing was published: the plan is empty'
  const before = publishedBefore > 0 ? `, ${grouped(publishedBefore)} before` : ''
  const trouble = failed + unknown > 0 ? `, ${grouped(failed)} failed, ${grouped(unknown)} unknown` : ''
  return `\n${state}: planned ${grouped(planned)}, published ${grouped(published)}${before}${trouble}, in ${duration(durationMs)}`
}

function interrupted({ planned, publishedBefore, published }: ReplayReport): CommandError {
  const done = publishedBefore + published
  return new CommandError(`interrupted; ${grouped(done)} of ${grouped(planned)} are published, the rest is not`, {
    code: 'CLI_INTERRUPTED',
    remedy: 'run the command printed above to go on, or leave it: nothing is half done',
  })
}

function partly(error: ReplayError, { planned, publishedBefore, published, unknown }: ReplayReport): CommandError {
  const doubt = unknown > 0 ? `, ${grouped(unknown)} more may be` : ''
  return new CommandError(`${grouped(publishedBefore + published)} of ${grouped(planned)} are published${doubt}`, {
    code: 'CLI_PARTLY_DONE',
    remedy:
      unknown > 0
        ? 'look into the topic before going on: the command printed above publishes the page in doubt again, under the same sequence numbers'
        : 'when the cause is gone, go on with the command printed above',
    cause: error,
  })
}
