import type { BrokerAdmin, WaitOptions } from '@ledgerbus/core'
import { ReplayError } from '../replay-error.ts'
import { type GuardRails, strangersIn } from './guard-rails.ts'
import { groupNames } from './plan-words.ts'
import type { ReplayPlan } from './replay-plan.ts'
import { groupsOnTopics } from './target-groups.ts'

/** What the look at the groups depends on. */
export interface CheckStrangersOptions extends Pick<GuardRails, 'sinkGroups'> {
  readonly confirmed: true | undefined
}

/**
 * Whether a run that nobody confirmed needs no confirmation still: a group may have joined the topics since the plan was made. Asks nothing where the run was
 * confirmed, as a cluster may have thousands of groups. The admin is started. What joins while a run is under way is not seen.
 *
 * @throws ReplayError `REPLAY_NOT_CONFIRMED` with the groups
 */
export async function checkStrangers(
  plan: ReplayPlan,
  admin: BrokerAdmin,
  { confirmed, sinkGroups }: CheckStrangersOptions,
  wait: WaitOptions = {},
): Promise<void> {
  if (confirmed === true || plan.summary.entries === 0) return
  const partitions = (await Promise.all(plan.topics.map(({ name }) => admin.topicOffsets(name)))).flat()
  const strangers = strangersIn((await groupsOnTopics(admin, partitions, plan.groups, wait)).otherGroups, sinkGroups)
  if (strangers.length === 0) return
  const known = new Set(plan.otherGroups.map(({ groupId }) => groupId))
  const joined = strangers.filter(({ groupId }) => !known.has(groupId))
  const [who, since] = joined.length === 0 ? [strangers, ''] : [joined, ' and did not when the plan was made']
  throw new ReplayError(
    `the run has to be confirmed: ${groupNames(who)} ${who.length === 1 ? 'reads' : 'read'} ${plan.topics.map(({ name }) => name).join(', ')}${since}; groups on Ledgerbus skip what is replayed, anything else handles it`,
    { code: 'REPLAY_NOT_CONFIRMED' },
  )
}
