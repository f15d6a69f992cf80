import { defaultSinkGroupId } from '@ledgerbus/core'
import type { ReplayGroup } from './replay-plan.ts'

/** What bounds every replay of a process, whatever is asked of it and whoever made the plan. */
export interface GuardRails {
  /** Topics that may be published to, as names or patterns, `*` for any characters; absent: any. */
  readonly allowedTargets?: readonly string[]
  /** Most entries that a run may have; absent: any number. */
  readonly maxEntries?: number
  /** The groups of sinks, which store what is replayed and handle nothing; absent: the group of a sink that was given no other. */
  readonly sinkGroups?: readonly string[]
}

/** Of the groups that a replay is not aimed at those that would do more with its records than store them. */
export function strangersIn(
  otherGroups: readonly ReplayGroup[],
  sinkGroups: readonly string[] = [defaultSinkGroupId],
): readonly ReplayGroup[] {
  // By whole ids: a group that handles may begin like a sink's, and a sink may be called anything.
  return otherGroups.filter(({ groupId }) => !sinkGroups.includes(groupId))
}
