import { type AuditEntry, type AuditSummary, countSummary } from '@ledgerbus/core'

/** What these entries are, in figures. */
export function summarizeEntries(entries: readonly AuditEntry[]): AuditSummary {
  const counter = countSummary()
  for (const entry of entries) counter.add(entry)
  return counter.summary()
}
