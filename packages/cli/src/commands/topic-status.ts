import type { BrokerAdmin } from '@ledgerbus/core'
import { withAdmin } from '../edge/connect.ts'
import { lagOf, total } from '../edge/group-lag.ts'
import { openSession } from '../edge/session.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { requireTopics } from '../input/known-names.ts'
import { printable } from '../output/printable.ts'
import { counted, grouped, table } from '../output/table.ts'
import type { BuildCommand } from '../input/build-command.ts'

export const topicStatusCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(command))
    .argument('<topic>', 'the topic')
    .addHelpText('after', helpAfter(['ledgerbus topic status orders', 'ledgerbus topic status orders -o json']))
    .action(async (name, flags) => {
      const session = await openSession(edge, flags)
      const status = await withAdmin(session, (admin) => topicStatus(admin, name))
      await session.printer.value({ topic: status }, () => asText(status))
    })

type TopicStatus = Awaited<ReturnType<typeof topicStatus>>

async function topicStatus(admin: BrokerAdmin, name: string) {
  await requireTopics(admin, [name])
  const [[topic], partitions, groupIds] = await Promise.all([
    admin.describeTopics([name]),
    admin.topicOffsets(name),
    admin.listGroups(),
  ])
  const groups = []
  for (const groupId of groupIds) {
    const offsets = (await admin.groupOffsets(groupId)).filter((offset) => offset.topic === name)
    if (offsets.length === 0) continue
    const description = await admin.describeGroup(groupId)
    const lag = total(partitions.map((partition) => lagOf(partition, offsets)))
    groups.push({ groupId, state: description?.state ?? 'Dead', members: description?.members.length ?? 0, lag })
  }
  return {
    name,
    replicationFactor: topic?.replicationFactor ?? 0,
    underReplicated: topic?.underReplicated ?? 0,
    settings: topic?.settings ?? {},
    // Offsets, not records: compaction and transaction markers leave holes.
    offsets: partitions.reduce((sum, { low, end }) => sum + end - low, 0n),
    partitions: partitions.map(({ partition, low, end }) => ({ partition, low, end })),
    groups,
  }
}

function asText(status: TopicStatus): string {
  const { name, partitions, replicationFactor, underReplicated, offsets, settings, groups } = status
  const under = underReplicated > 0 ? `, ${underReplicated} under-replicated` : ''
  const said = Object.entries(settings).map(([setting, value]) => `  ${printable(setting)} = ${printable(value)}`)
  return [
    `topic ${name}: ${counted(partitions.length, 'partition')}, replication ${replicationFactor}${under}, ${grouped(offsets)} offsets`,
    ...(said.length === 0 ? [] : ['', 'settings that differ from the broker:', ...said]),
    '',
    table(
      ['PARTITION', 'FIRST', 'END', 'OFFSETS'],
      partitions.map(({ partition, low, end }) => [partition, low, end, end - low]),
    ),
    '',
    groups.length === 0
      ? 'no consumer group has committed here'
      : table(
          ['GROUP', 'STATE', 'MEMBERS', 'LAG'],
          groups.map(({ groupId, state, members, lag }) => [groupId, state, members, lag]),
        ),
  ].join('\n')
}
