import type { BrokerAdmin } from '@ledgerbus/core'
import { CommandError } from '../errors/command-error.ts'
import { didYouMean } from './closest-names.ts'

/** @throws CommandError `CLI_TOPIC_UNKNOWN`, with the nearest name */
export async function requireTopics(admin: BrokerAdmin, names: readonly string[]): Promise<void> {
  const known = await admin.listTopics()
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new CommandError(`there is no topic ${unknown}${didYouMean(unknown, known)}`, {
    code: 'CLI_TOPIC_UNKNOWN',
    remedy: 'see `ledgerbus topic list`; `ledgerbus topic apply` creates the topics of your definitions',
  })
}

/** @throws CommandError `CLI_GROUP_UNKNOWN`, with the nearest name */
export async function requireGroup(admin: BrokerAdmin, groupId: string): Promise<void> {
  const known = await admin.listGroups()
  if (known.includes(groupId)) return
  throw new CommandError(`there is no consumer group ${groupId}${didYouMean(groupId, known)}`, {
    code: 'CLI_GROUP_UNKNOWN',
    remedy:
      known.length === 0
        ? 'no group has joined this cluster yet'
        : `the groups are ${known.slice(0, 10).join(', ')}${known.length > 10 ? ', ...' : ''}`,
  })
}
