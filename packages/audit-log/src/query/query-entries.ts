import type { AuditEntry, AuditOrder, AuditPage, AuditSelection, Coordinates, WaitOptions } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import { readError } from '../clickhouse/error-table.ts'
import { entryOfRow } from '../row/entry-of-row.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { entryRows, type QueryNeeds } from './entry-rows.ts'
import { checkSelection } from './selection-problems.ts'

const defaultLimit = 100
const maxLimit = 10_000
/** A page ends early here, whatever its limit: entries may be megabytes. */
const maxPageBytes = 32 * 1024 * 1024

/** Some entries and where the next ones begin. A page may hold fewer than `limit` and still have a next one. */
export async function queryEntries(
  needs: QueryNeeds,
  selection: AuditSelection,
  options: WaitOptions & { readonly order?: AuditOrder; readonly limit?: number; readonly cursor?: string },
): Promise<AuditPage> {
  const { order = 'newest', limit = defaultLimit, cursor } = options
  checkSelection(selection)
  checkLimit(limit)
  const entries: AuditEntry[] = []
  let bytes = 0
  let behind: Coordinates | undefined = cursor === undefined ? undefined : decodeCursor(cursor, order)
  try {
    for (;;) {
      // One more than wanted tells whether there is a next page; copies may use the limit up, then it is asked again.
      const wanted = limit - entries.length + 1
      const question = { selection, order, limit: wanted, ...(behind !== undefined && { behind }) }
      let seen = 0
      for await (const row of entryRows(needs, question, options)) {
        const last = entries.at(-1)
        if (last !== undefined && (entries.length === limit || bytes >= maxPageBytes)) {
          return { entries, nextCursor: encodeCursor(order, last.record) }
        }
        seen += 1
        behind = row.record
        bytes += (row.record.value?.length ?? 0) + (row.record.key?.length ?? 0) + row.decoded.length
        entries.push(entryOfRow(row))
      }
      if (seen === 0) return { entries }
    }
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
