import type { AuditExportFormat, AuditSelection, WaitOptions } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import type { ReadNeeds } from '../query/read-entries.ts'
import { exportJsonLines } from './export-json-lines.ts'
import { exportParquet } from './export-parquet.ts'

/** A file of all entries of a selection, the oldest first, as its bytes come; memory does not grow with it. */
export function exportEntries(
  needs: ReadNeeds,
  selection: AuditSelection,
  { format, ...wait }: WaitOptions & { readonly format: AuditExportFormat },
): AsyncIterable<Uint8Array> {
  switch (format) {
    case 'jsonl':
      return exportJsonLines(needs, selection, wait)
    case 'parquet':
      return exportParquet(needs, selection, wait)
    default:
      throw new AuditLogError(`there is no export as ${String(format)}; there are jsonl and parquet`, {
        code: 'AUDIT_SELECTION_INVALID',
      })
  }
}
