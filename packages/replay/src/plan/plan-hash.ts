import { createHash } from 'node:crypto'
import type { ReplayPlan } from './replay-plan.ts'

/** What of a plan decides which records go where and how, and what guards that. */
export type DecisivePlan = Pick<
  ReplayPlan,
  | 'replayId'
  | 'reason'
  | 'readFrom'
  | 'selection'
  | 'mode'
  | 'order'
  | 'content'
  | 'transform'
  | 'target'
  | 'groups'
  | 'maxEntries'
  | 'topics'
  | 'confirmations'
> & { readonly summary: Pick<ReplayPlan['summary'], 'entries'> }

/** JSON whose text depends on the value alone: keys sorted, absent ones left out, bigints told from texts. */
function canonical(value: unknown): unknown {
  if (typeof value === 'bigint') return { bigint: value.toString() }
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  const present = Object.entries(value).filter(([, part]) => part !== undefined)
  return Object.fromEntries(
    present.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, part]) => [key, canonical(part)]),
  )
}

/**
 * The hash of a plan: of all that a run does what the plan says, and of the guards of its run (how many entries, the topics as they were, what has to be confirmed). What only
 * describes, such as counts by day and the lag of groups, is no part of it.
 */
export function planHash(plan: DecisivePlan): string {
  const { replayId, reason, readFrom, selection, mode, order, content, transform, target, groups, maxEntries } = plan
  const does = { replayId, reason, readFrom, selection, mode, order, content, transform, target, groups, maxEntries }
  const guards = { entries: plan.summary.entries, topics: plan.topics, confirmations: plan.confirmations }
  return createHash('sha256')
    .update(JSON.stringify(canonical({ ...does, ...guards })))
    .digest('hex')
}
