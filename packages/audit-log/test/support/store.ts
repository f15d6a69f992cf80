import type { AuditLog, AuditRecord } from '@ledgerbus/core'
import { rangeOf } from './a-range.ts'

/** Stores records of one partition, for tests that are about something else. */
export async function store(log: AuditLog, records: readonly AuditRecord[]): Promise<void> {
  const outcome = await log.insert(rangeOf(records))
  if (outcome.kind !== 'ok') throw outcome.error
}
