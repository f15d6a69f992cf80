import { redrivePlanText, redrivePlanView } from '../dlq/plan-view.ts'
import { openSession } from '../edge/session.ts'
import { withRedriveOf } from '../edge/with-redrive.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { toRedriveRequest, withRedrive } from '../input/dead-letter-options.ts'
import { helpAfter } from '../input/help.ts'
import { positive } from '../input/values.ts'

export const dlqPlanCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(withRedrive(command)))
    .argument('<topic>', 'the dead-letter topic')
    .optionsGroup('What is done with them:')
    .option('--rate <n>', 'how many a second, for the expected duration', positive)
    .addHelpText(
      'after',
      helpAfter([
        'ledgerbus dlq plan orders.billing.dlq',
        "ledgerbus dlq plan orders.billing.dlq --event 'order.*' --from 2026-01-31 -o json",
      ]),
    )
    .action(async (topic, flags) => {
      const { checkRedriveRequest } = await import('@ledgerbus/consumer')
      // What was typed is checked before anything is looked for or connected.
      const request = toRedriveRequest(topic, flags, edge.clock.nowMs())
      checkRedriveRequest(request)
      const session = await openSession(edge, flags)
      await withRedriveOf(session, { topics: [topic], originTopics: flags.toOrigin }, async (redrive) => {
        const plan = await redrive.plan(request, { signal: edge.interrupted })
        await session.printer.value(
          { dryRun: true, plan: redrivePlanView(plan, flags.rate) },
          () => `${redrivePlanText(plan, flags.rate)}\n\nonly a plan: nothing was published`,
        )
      })
    })
