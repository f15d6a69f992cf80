import {
  type AuditReading,
  type AuditSelection,
  type ErasurePlan,
  type ErasureSelection,
  erasureSelectionProblems,
  type WaitOptions,
} from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import type { ReadNeeds } from '../query/read-entries.ts'
import { queryEntries } from '../query/query-entries.ts'
import { summarize } from '../query/summarize.ts'

const sampleSize = 5
/** What has bytes to lose. */
const erasable: readonly AuditReading['status'][] = ['ok', 'tombstone', 'undecodable']

/** Counts what would be erased and freezes it: entries logged afterwards are not part of the plan. */
export async function planErasure(
  needs: ReadNeeds,
  selection: ErasureSelection,
  wait: WaitOptions,
): Promise<ErasurePlan> {
  const problems = erasureSelectionProblems(selection)
  if (problems.length > 0) throw erasureInvalid(problems)
  // A copy that was published again holds the same bytes, so replays are never left out.
  const open: AuditSelection = { ...selection, replays: 'include', statuses: erasable }
  const { entries, bytes, byName, byTopic, firstMs, lastMs, bounds } = await summarize(needs, open, wait)
  const frozen = { ...open, below: bounds }
  const sample = await queryEntries(needs, frozen, { ...wait, order: 'oldest', limit: sampleSize })
  return {
    selection: frozen,
    entries,
    bytes,
    byName,
    byTopic,
    ...(firstMs !== undefined && { firstMs }),
    ...(lastMs !== undefined && { lastMs }),
    sample: sample.entries,
  }
}

export function erasureInvalid(problems: readonly string[]): AuditLogError {
  return new AuditLogError(`nothing was erased: ${problems.join('; ')}`, { code: 'AUDIT_ERASURE_INVALID' })
}
