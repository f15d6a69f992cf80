import { confirmLetters } from '../dlq/confirm-letters.ts'
import { tellReport } from '../dlq/tell-report.ts'
import { writePlan } from '../dlq/write-plan.ts'
import { openSession } from '../edge/session.ts'
import { withRedriveOf } from '../edge/with-redrive.ts'
import { CommandError } from '../errors/command-error.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { toDiscardRequest, withPlanned } from '../input/dead-letter-options.ts'
import { helpAfter } from '../input/help.ts'

export const dlqDiscardCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(withPlanned(command)))
    .argument('<topic>', 'the dead-letter topic')
    .optionsGroup('What is done with them:')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      helpAfter([
        "ledgerbus dlq discard orders.billing.dlq --key o-1 --reason 'a test order' --yes",
        "ledgerbus dlq discard orders.billing.dlq --letter 0/0 --reason 'a test order' --yes",
      ]),
    )
    .action(async (topic, flags) => {
      const { checkRedriveRequest } = await import('@ledgerbus/consumer')
      const { reason } = flags
      if (reason === undefined) throw new CommandError('to discard needs --reason', { code: 'CLI_USAGE' })
      const request = toDiscardRequest(topic, flags, edge.clock.nowMs())
      checkRedriveRequest(request)
      const session = await openSession(edge, flags)
      await withRedriveOf(session, { topics: [topic] }, async (redrive) => {
        const plan = await redrive.plan(request, { signal: edge.interrupted })
        await writePlan(session, plan)
        if (plan.counts.letters > 0) await confirmLetters(plan, edge, { yes: flags.yes === true, does: 'discard' })
        await tellReport(session, plan, () => redrive.discard(plan, { reason, signal: edge.interrupted }))
      })
    })
