import type { Redrive, RedrivePlan, RedriveReport } from '@ledgerbus/consumer'
import { confirmLetters } from '../dlq/confirm-letters.ts'
import { redrivePlanText, redrivePlanView } from '../dlq/plan-view.ts'
import { tellReport } from '../dlq/tell-report.ts'
import { writePlan } from '../dlq/write-plan.ts'
import { openSession, type Session } from '../edge/session.ts'
import { withRedriveOf } from '../edge/with-redrive.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { toRedriveRequest, withRedrive } from '../input/dead-letter-options.ts'
import { helpAfter } from '../input/help.ts'
import { positive } from '../input/values.ts'
import { createProgress } from '../output/progress.ts'

interface RunFlags {
  readonly rate?: number | undefined
  readonly maxFailed?: number | undefined
  readonly patience?: number | undefined
}

export const dlqRedriveCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(withRedrive(command)))
    .argument('<topic>', 'the dead-letter topic')
    .optionsGroup('What is done with them:')
    .option('--rate <n>', 'at most so many a second', positive)
    .option('--max-failed <share>', 'stop when this share fails again, 0 to 1 (0.2)', positive)
    .option('--patience <seconds>', 'how long to wait for handlers that end nothing (30)', positive)
    .option('--dry-run', 'print the plan and publish nothing')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      helpAfter([
        'ledgerbus dlq redrive orders.billing.dlq --dry-run',
        "ledgerbus dlq redrive orders.billing.dlq --event order.created --rate 200 --reason 'bug 42 is fixed' --yes",
      ]),
    )
    .action(async (topic, flags) => {
      const { checkRedriveRequest } = await import('@ledgerbus/consumer')
      const request = toRedriveRequest(topic, flags, edge.clock.nowMs())
      checkRedriveRequest(request)
      const session = await openSession(edge, flags)
      const { printer } = session
      await withRedriveOf(session, { topics: [topic], originTopics: flags.toOrigin }, async (redrive) => {
        const plan = await redrive.plan(request, { signal: edge.interrupted })
        if (flags.dryRun === true) {
          await printer.value(
            { dryRun: true, plan: redrivePlanView(plan, flags.rate) },
            () => `${redrivePlanText(plan, flags.rate)}\n\ndry run: nothing was published`,
          )
          return
        }
        await writePlan(session, plan, flags.rate)
        if (plan.counts.letters > 0) await confirmLetters(plan, edge, { yes: flags.yes === true, does: 'redrive' })
        await tellReport(session, plan, () => run(session, redrive, plan, flags))
      })
    })

async function run(session: Session, redrive: Redrive, plan: RedrivePlan, flags: RunFlags): Promise<RedriveReport> {
  const { edge } = session
  const progress = await createProgress(edge, { what: 'redriving', total: plan.counts.letters, done: 0 })
  try {
    return await redrive.run(plan, {
      signal: edge.interrupted,
      onProgress: ({ done }) => {
        progress.update(done)
      },
      ...(flags.rate !== undefined && { ratePerSecond: flags.rate }),
      ...(flags.maxFailed !== undefined && { maxFailedShare: flags.maxFailed }),
      ...(flags.patience !== undefined && { patienceMs: flags.patience * 1_000 }),
    })
  } finally {
    progress.stop()
  }
}
