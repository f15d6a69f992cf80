import type { AuditEntry, AuditOrder, AuditSelection, Clock, Coordinates, Logger, WaitOptions } from '@ledgerbus/core'
import { readError } from '../clickhouse/error-table.ts'
import { entryOfRow } from '../row/entry-of-row.ts'
import { decodeCursor } from './cursor.ts'
import { entryRows, type QueryNeeds } from './entry-rows.ts'
import { selectionFilter } from './filter/selection-filter.ts'
import type { OffsetWindow } from './offset-window.ts'
import type { SelectedRows } from './selection-condition.ts'
import { checkSelection } from './selection-problems.ts'

/** What reading works with. */
export interface ReadNeeds extends QueryNeeds {
  readonly clock: Clock
  readonly logger: Logger
}

/** Options of {@link readEntries}. */
export interface ReadEntriesOptions extends WaitOptions {
  readonly order?: AuditOrder
  readonly cursor?: string
  /** Of a filter only the rows that match for sure, or only those of which the process can tell. */
  readonly rows?: SelectedRows
  /** Only what stands in this window. */
  readonly within?: OffsetWindow
}

/** How often a broken answer is taken up again without a single entry in between. */
const maxFruitlessTries = 3
const firstPauseMs = 200

/**
 * All entries of a selection, as they arrive.
 *
 * A reader may be slow for hours, and a server or a proxy then gives the connection up; also the server may restart. So a broken answer is taken
 * up again behind the last entry, which is exact: the order is total, and what was handed out is known.
 */
export async function* readEntries(
  needs: ReadNeeds,
  selection: AuditSelection,
  options: ReadEntriesOptions,
): AsyncGenerator<AuditEntry, void, undefined> {
  const { order = 'oldest', cursor, rows = 'possible', within } = options
  checkSelection(selection)
  const filter = selection.filter === undefined ? undefined : selectionFilter(selection.filter)
  let behind: Coordinates | undefined = cursor === undefined ? undefined : decodeCursor(cursor, order)
  let fruitlessTries = 0
  for (;;) {
    try {
      const inWindow = within !== undefined && { within }
      const question = { selection, order, rows, ...inWindow, ...(behind !== undefined && { behind }) }
      for await (const row of entryRows(needs, question, options)) {
        options.signal?.throwIfAborted()
        // First the entry: a row that cannot be read must not be passed over at the next try.
        const entry = entryOfRow(row)
        behind = row.record
        fruitlessTries = 0
        if (filter === undefined || filter.isExact || filter.matches(entry)) yield entry
      }
      return
    } catch (error) {
      options.signal?.throwIfAborted()
      const described = readError(error, 'reading the audit log')
      if (!described.retriable || fruitlessTries >= maxFruitlessTries) throw described
      needs.logger.warn(
        { code: described.code, tries: fruitlessTries },
        'reading broke off, going on behind the last entry',
      )
      await needs.clock.sleep(firstPauseMs * 2 ** fruitlessTries, options)
      fruitlessTries += 1
    }
  }
}
