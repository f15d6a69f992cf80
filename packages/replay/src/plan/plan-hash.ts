import { createHash } from 'node:crypto'
import type { ReplayPlan } from './replay-plan.ts'

/** JSON whose text depends on the value alone: keys sorted, absent ones left out, bigints as text. */
function canonical(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  const present = Object.entries(value).filter(([, part]) => part !== undefined)
  return Object.fromEntries(
    present.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, part]) => [key, canonical(part)]),
  )
}

/** The hash of what decides which records go where; two plans with one hash do the same. */
export function planHash(plan: Pick<ReplayPlan, 'selection' | 'groups' | 'target'>): string {
  const { selection, groups, target } = plan
  return createHash('sha256')
    .update(JSON.stringify(canonical({ selection, groups, target })))
    .digest('hex')
}
