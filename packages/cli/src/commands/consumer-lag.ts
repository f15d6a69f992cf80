import { withAdmin } from '../edge/connect.ts'
import { groupLag, type PartitionLag, total } from '../edge/group-lag.ts'
import { openSession } from '../edge/session.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { requireGroup } from '../input/known-names.ts'
import { counted, grouped, table } from '../output/table.ts'
import type { BuildCommand } from '../input/build-command.ts'

export const consumerLagCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(command))
    .argument('<group>', 'the consumer group')
    .addHelpText('after', helpAfter(['ledgerbus consumer lag billing', 'ledgerbus consumer lag billing -o json']))
    .action(async (groupId, flags) => {
      const session = await openSession(edge, flags)
      const { state, members, lags } = await withAdmin(session, async (admin) => {
        await requireGroup(admin, groupId)
        const description = await admin.describeGroup(groupId)
        return {
          state: description?.state ?? 'Dead',
          members: description?.members.length ?? 0,
          lags: await groupLag(admin, groupId),
        }
      })
      const lag = total(lags)
      // Without a commit or a member nobody knows which topics it reads: it may be behind all of them.
      const isKnown = lags.length > 0
      const facts = { groupId, state, members, ...(isKnown && { lag }), partitions: lags }
      await session.printer.value(facts, () =>
        [
          `group ${groupId}: ${state}, ${counted(members, 'member')}, lag ${isKnown ? grouped(lag) : 'unknown'}`,
          ...(isKnown ? ['', lagTable(lags)] : ['it has committed in no topic that exists, and reads none now']),
        ].join('\n'),
      )
    })

function lagTable(lags: readonly PartitionLag[]): string {
  return table(
    ['TOPIC', 'PARTITION', 'COMMITTED', 'END', 'LAG'],
    lags.map(({ topic, partition, committed, end, lag }) => [topic, partition, committed ?? '-', end, lag]),
  )
}
