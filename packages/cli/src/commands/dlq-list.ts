import type { DeadLetterCounts } from '@ledgerbus/consumer'
import { countsView } from '../dlq/counts-view.ts'
import { openSession } from '../edge/session.ts'
import { withRedriveOf } from '../edge/with-redrive.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { collect } from '../input/values.ts'
import { duration, table } from '../output/table.ts'

interface ListedTopic {
  readonly topic: string
  readonly counts: DeadLetterCounts
}

export const dlqListCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(command))
    .optionsGroup('Which topics:')
    .option('--topic <name>', 'this one, whatever it is called; repeatable', collect)
    .addHelpText('after', helpAfter(['ledgerbus dlq list', 'ledgerbus dlq list --topic orders.billing.dlq -o json']))
    .action(async (flags) => {
      const session = await openSession(edge, flags)
      const { topic: named = [] } = flags
      const listed = await withRedriveOf(session, { topics: named }, async (redrive) => {
        const wait = { signal: edge.interrupted }
        const topics = flags.topic ?? (await redrive.topics(wait))
        const found: ListedTopic[] = []
        for (const topic of topics) found.push({ topic, counts: await redrive.count({ deadLetterTopic: topic }, wait) })
        return found
      })
      await session.printer.all(
        'topics',
        listed.map(({ topic, counts }) => ({ topic, ...countsView(counts) })),
        () => asText(listed, edge.clock.nowMs()),
      )
    })

function asText(topics: readonly ListedTopic[], nowMs: number): string {
  if (topics.length === 0) return 'no topic is called like a dead-letter topic; name one with --topic'
  return table(
    ['TOPIC', 'PENDING', 'FAILED AGAIN', 'REDRIVEN', 'RESOLVED', 'DISCARDED', 'PARKED', 'OLDEST WAITING'],
    topics.map(({ topic, counts: { byStatus, oldestWaitingAtMs } }) => [
      topic,
      byStatus.pending ?? 0,
      byStatus['failed-again'] ?? 0,
      byStatus.redriven ?? 0,
      byStatus.resolved ?? 0,
      byStatus.discarded ?? 0,
      byStatus.parked ?? 0,
      oldestWaitingAtMs === undefined ? '-' : duration(Math.max(nowMs - oldestWaitingAtMs, 0)),
    ]),
  )
}
