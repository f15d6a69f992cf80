import type { AuditEntry, AuditOrder, AuditPage, AuditSelection, Coordinates, WaitOptions } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import { readError } from '../clickhouse/error-table.ts'
import { entryOfRow } from '../row/entry-of-row.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { entryRows, type QueryNeeds } from './entry-rows.ts'
import { selectionFilter } from './filter/selection-filter.ts'
import { checkSelection } from './selection-problems.ts'

const defaultLimit = 100
const maxLimit = 10_000
/** A page ends early here, whatever its limit: entries may be megabytes. */
const maxPageBytes = 32 * 1024 * 1024

/** Where the process decides, a page ends here, so that its answer does not wait for a whole log in which nothing matches. */
const maxRowsLookedAt = 50_000

/** Some entries and where the next ones begin. A page may hold fewer than `limit`, even none, and still have a next one. */
export async function queryEntries(
  needs: QueryNeeds,
  selection: AuditSelection,
  options: WaitOptions & { readonly order?: AuditOrder; readonly limit?: number; readonly cursor?: string },
): Promise<AuditPage> {
  const { order = 'newest', limit = defaultLimit, cursor } = options
  checkSelection(selection)
  checkLimit(limit)
  const filter = selection.filter === undefined ? undefined : selectionFilter(selection.filter)
  const decide = filter === undefined || filter.isExact ? undefined : filter.matches
  const entries: AuditEntry[] = []
  let bytes = 0
  let lookedAt = 0
  let behind: Coordinates | undefined = cursor === undefined ? undefined : decodeCursor(cursor, order)
  try {
    // One more than wanted tells whether there is a next page. Where the process decides, nobody knows how many rows it takes: they are read until
    // there are enough.
    const wanted = decide === undefined ? { limit: limit + 1 } : {}
    const question = { selection, order, ...wanted, ...(behind !== undefined && { behind }) }
    for await (const row of entryRows(needs, question, options)) {
      const isFull = entries.length === limit || bytes >= maxPageBytes || lookedAt >= maxRowsLookedAt
      if (isFull && behind !== undefined) return { entries, nextCursor: encodeCursor(order, behind) }
      behind = row.record
      const entry = entryOfRow(row)
      if (decide !== undefined) lookedAt += 1
      if (decide?.(entry) === false) continue
      bytes += (row.record.value?.length ?? 0) + (row.record.key?.length ?? 0) + row.decoded.length
      entries.push(entry)
    }
    return { entries }
  } catch (error) {
    options.signal?.throwIfAborted()
    throw readError(error, 'asking the audit log for a page')
  }
}

function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxLimit) return
  throw new AuditLogError(`limit must be a whole number from 1 to ${maxLimit}, not ${limit}`, {
    code: 'AUDIT_SELECTION_INVALID',
  })
}
