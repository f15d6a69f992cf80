import { sortKeyColumns } from '../row/audit-columns.ts'
import type { TableNames } from '../table-names.ts'

/**
 * Leaves out rows of records that were erased: their markers speak for them. Every question to the log needs it.
 *
 * The rows are deleted when they are erased, but a late insert may bring one back, and of two equal rows a merge keeps the last, so no marker in
 * the same table would hold. As long as nothing is erased the server finds that out beforehand, and the rest of the condition costs nothing.
 *
 * It leaves out, too, the row that keeps a table from being empty (docs/decisions/0115-no-table-of-the-log-is-empty.md).
 */
export function unlessErased({ erased, entries, localEntries }: TableNames): string {
  const columns = sortKeyColumns.join(', ')
  // The server that is asked counts for all: of several shards it would count its own markers only.
  const isNothingErased =
    entries === localEntries ? `(SELECT count() FROM ${erased} WHERE record_status = 'erased') = 0 OR ` : ''
  const hasNoMarker = `(${columns}) NOT IN (SELECT ${columns} FROM ${erased})`
  return `(record_status != 'none' AND (${isNothingErased}record_status = 'erased' OR ${hasNoMarker}))`
}
