import type { Command } from '@commander-js/extra-typings'
import type { Replay, ReplayPlan } from '@ledgerbus/replay'
import { OutputClosed } from '../edge/interruption.ts'
import { type CommonFlags, openSession, type Session } from '../edge/session.ts'
import { CommandError } from '../errors/command-error.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { didYouMean } from '../input/closest-names.ts'
import { withClickHouse, withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import {
  type ConfirmFlags,
  type PaceFlags,
  type ReplayRequestFlags,
  requirePace,
  requireWhatRunsNeed,
  toReplayRequest,
  withConfirm,
  withPace,
  withReplayRequest,
} from '../input/replay-options.ts'
import { write } from '../output/write.ts'
import { carryOut } from '../replay/carry-out.ts'
import { confirmReplay } from '../replay/confirm-replay.ts'
import { makePlan } from '../replay/make-plan.ts'
import { planText } from '../replay/plan-text.ts'
import { planView } from '../replay/plan-view.ts'

type ReplayFlags = CommonFlags & ReplayRequestFlags & PaceFlags & ConfirmFlags & { readonly dryRun?: true }

export const replayCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(withClickHouse(withConfirm(withPace(withReplayRequest(withWords(command)))))))
    .optionsGroup('What is done with them:')
    .option('--dry-run', 'print the plan; publish nothing and keep nothing')
    .addHelpText(
      'after',
      helpAfter([
        "ledgerbus replay --from 2026-01-31 --to 2026-02-01 --event 'order.*' --dry-run",
        "ledgerbus replay --from -2h --to now --event order.created --group billing --reason 'bug 42 is fixed' --confirm orders",
        "ledgerbus replay --from -2h --to now --filter 'payload.after.total >= 100' --partition orders/1 --dry-run",
      ]),
    )
    .action(async (flags: ReplayFlags) => {
      requireNoWord(command)
      // What was typed is checked before anything is looked for or connected.
      requirePace(flags, flags.order)
      const request = toReplayRequest(flags, { nowMs: edge.clock.nowMs(), userName: edge.userName })
      if (flags.dryRun !== true) requireWhatRunsNeed(flags, edge)
      const session = await openSession(edge, flags, { logLevel: flags.dryRun === true ? 'silent' : 'warn' })
      const keep = flags.dryRun === true ? 'no' : 'yes'
      await makePlan(session, request, { keep }, (plan, replay) =>
        flags.dryRun === true ? showPlan(session, plan, flags) : planned(session, replay, plan, flags),
      )
    })

/** `ledgerbus replay` plans and runs in one go; behind it stand the words that do one step each. */
function withWords(command: Command): Command {
  return (
    command
      .enablePositionalOptions()
      // What is left over is a word that nobody knows: better said so than as "too many arguments".
      .allowExcessArguments(true)
      .hook('preSubcommand', (replay, word) => {
        const early = replay.options.find((option) => replay.getOptionValueSource(option.attributeName()) === 'cli')
        if (early === undefined) return
        throw new CommandError(`${early.long ?? early.flags} stands before ${word.name()}`, {
          code: 'CLI_USAGE',
          remedy: `flags stand behind the word: ledgerbus replay ${word.name()} ... ${early.long ?? early.flags}`,
        })
      })
  )
}

function requireNoWord({ args, commands }: Command): void {
  const [word] = args
  if (word === undefined) return
  const words = commands.map((one) => one.name())
  throw new CommandError(`unknown command 'replay ${word}'${didYouMean(word, words)}`, {
    code: 'CLI_USAGE',
    remedy: `behind replay stands one of ${words.join(', ')}, or flags alone`,
  })
}

function showPlan({ printer }: Session, plan: ReplayPlan, flags: ReplayFlags): Promise<void> {
  return printer.value(
    { dryRun: true, plan: planView(plan, flags.rate) },
    () => `${planText(plan, flags)}\n\ndry run: nothing was published`,
  )
}

async function planned(session: Session, replay: Replay, plan: ReplayPlan, flags: ReplayFlags): Promise<void> {
  const { edge, printer } = session
  // The plan is data of its own only where people read it; as JSON it comes with the report, in one value.
  if (printer.format === 'text') await write(edge.stdout, `${planText(plan, flags)}\n`).catch(nobodySawThePlan)
  const confirmation = await confirmReplay(plan, edge, flags)
  await carryOut(session, replay, { plan, done: 0, confirmation, flags })
}

/** A plan that nobody read is no reason to publish, and what was not published is no success. */
function nobodySawThePlan(error: unknown): never {
  if (!(error instanceof OutputClosed)) throw error
  throw new CommandError('nobody reads the plan any more; nothing was published', { code: 'CLI_INTERRUPTED' })
}
