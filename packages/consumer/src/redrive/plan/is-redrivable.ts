import type { LetterState } from '../state/letter-state.ts'
import type { RedrivePlan } from './redrive-plan.ts'

/** What a plan says about which states may be redriven. */
export type Eligibility = Pick<RedrivePlan, 'statuses' | 'unanswered' | 'redriveId'>

/**
 * Whether a letter may be redriven as it stands now. One that is noted as failed again and was not set aside anew in its own topic may not: its successor stands in the dead-letter
 * topic of the group that failed, and both would be handled.
 *
 * @param status without a note: `pending`, or `failed-again` for what was redriven before
 */
export function isRedrivable(
  status: 'pending' | 'failed-again',
  state: LetterState | undefined,
  { statuses, unanswered, redriveId }: Eligibility,
): boolean {
  if (state === undefined) return statuses.includes(status)
  // This very run noted it, before it was killed.
  if (state.redriveId === redriveId) return false
  if (state.status === 'discarded') return statuses.includes('discarded')
  return state.status === 'redriven' && state.redriveId === unanswered
}
