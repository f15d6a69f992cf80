import { openSession } from '../edge/session.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withClickHouse, withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { requirePace, requireWhatRunsNeed, toReplayRequest, withReplayRequest } from '../input/replay-options.ts'
import { positive } from '../input/values.ts'
import { makePlan } from '../replay/make-plan.ts'
import { planText } from '../replay/plan-text.ts'
import { planView } from '../replay/plan-view.ts'
import { runCommand } from '../replay/run-command.ts'

export const replayPlanCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(withClickHouse(withReplayRequest(command))))
    .optionsGroup('How fast:')
    .option('--rate <n>', 'at most so many a second, unless its run says otherwise', positive)
    .option(
      '--speed <n>',
      'so many times the original speed, unless its run says otherwise; needs --order time',
      positive,
    )
    .addHelpText(
      'after',
      helpAfter([
        "ledgerbus replay plan --from -2h --to now --event 'order.*' --group billing --reason 'bug 42 is fixed'",
        "ledgerbus replay plan --from 2026-01-31 --to 2026-02-01 --group billing --reason 'a new read model' --mode rebuild --rate 200 -o json",
      ]),
    )
    .action(async (flags) => {
      // What was typed is checked before anything is looked for or connected.
      requirePace(flags, flags.order)
      const request = toReplayRequest(flags, { nowMs: edge.clock.nowMs(), userName: edge.userName })
      requireWhatRunsNeed(flags, edge)
      const session = await openSession(edge, flags)
      await makePlan(session, request, { keep: 'yes' }, async (plan) => {
        const next = runCommand(plan.replayId, flags)
        await session.printer.value(
          { plan: planView(plan, flags.rate), runCommand: next },
          () => `${planText(plan, flags)}\n\nonly a plan: nothing was published. Run it with:\n  ${next}`,
        )
      })
    })
