import { withAdmin } from '../edge/connect.ts'
import { openSession } from '../edge/session.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { table } from '../output/table.ts'
import type { BuildCommand } from '../input/build-command.ts'

export const topicListCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(command))
    .addHelpText('after', helpAfter(['ledgerbus topic list', 'ledgerbus topic list -o jsonl']))
    .action(async (flags) => {
      const session = await openSession(edge, flags)
      const topics = await withAdmin(session, async (admin) => admin.describeTopics(await admin.listTopics()))
      await session.printer.all('topics', topics, () =>
        topics.length === 0
          ? 'no topics; ledgerbus topic apply creates those of your definitions'
          : table(
              ['TOPIC', 'PARTITIONS', 'REPLICATION', 'UNDER-REPLICATED'],
              topics.map((topic) => [topic.name, topic.partitions, topic.replicationFactor, topic.underReplicated]),
            ),
      )
    })
