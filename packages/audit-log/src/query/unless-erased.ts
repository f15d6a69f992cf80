import { sortKeyColumns } from '../row/audit-columns.ts'
import type { TableNames } from '../table-names.ts'

/**
 * Leaves out rows of records that were erased: their markers speak for them. Every question to `entries` needs it.
 *
 * The rows are deleted when they are erased, but a late insert may bring one back, and of two equal rows a merge keeps the last, so no marker in
 * the same table would hold. As long as nothing is erased the list is empty, and an empty list costs nothing.
 */
export function unlessErased(tables: TableNames): string {
  return `(_table = '${tables.erased}' OR ${unlessErasedIn(tables.erased)})`
}

/** The same for a question to a table that holds no markers. */
export function unlessErasedIn(erased: TableNames['erased']): string {
  const columns = sortKeyColumns.join(', ')
  return `(${columns}) NOT IN (SELECT ${columns} FROM ${erased})`
}
