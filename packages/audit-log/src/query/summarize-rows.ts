import { type AuditEntry, type AuditSummary, countSummary } from '@ledgerbus/core'

/** The summary of entries that the process chose. */
export async function summarizeRows(entries: AsyncIterable<AuditEntry>): Promise<AuditSummary> {
  const counter = countSummary()
  for await (const entry of entries) counter.add(entry)
  return counter.summary()
}
