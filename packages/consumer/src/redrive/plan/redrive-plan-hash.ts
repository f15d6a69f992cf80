import { createHash } from 'node:crypto'
import type { RedrivePlan } from './redrive-plan.ts'

/** The hash of what decides which records go where and how they are marked. A list, not an object: its text has one order. */
export function redrivePlanHash(plan: Omit<RedrivePlan, 'hash'>): string {
  const { redriveId, source, statuses, unanswered, to, force, again, reason, bounds, selected } = plan
  const { deadLetterTopic, sourceTopic, groupId } = source
  const parts = [
    redriveId,
    [deadLetterTopic, sourceTopic ?? null, groupId ?? null],
    statuses,
    unanswered ?? null,
    [to, force, again, reason ?? null],
    bounds.map(({ partition, low, end }) => [partition, low, end]),
    selected.map(({ partition, offsets }) => [partition, offsets]),
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
