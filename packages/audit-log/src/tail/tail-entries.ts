import type { AuditEntry, AuditSelection, WaitOptions } from '@ledgerbus/core'
import { readError } from '../clickhouse/error-table.ts'
import { entryOfRow } from '../row/entry-of-row.ts'
import { selectionFilter } from '../query/filter/selection-filter.ts'
import { checkSelection } from '../query/selection-problems.ts'
import { createRecentRecords } from './recent-records.ts'
import { newestBlock, newRows, type RowPlace, type TailNeeds } from './new-rows.ts'

const usualPollMs = 500
const longestPauseMs = 5_000

/**
 * Entries as they become readable, by the order in which the server stored their inserts and by nothing else: neither Kafka's time nor the sink's clock
 * says what is new, since a slower sink may insert older records later.
 *
 * ClickHouse numbers the inserts of a table under the lock under which it makes them visible, so whoever sees a number sees all below it. Each poll asks
 * for the newest number first and then reads the rows up to it; a row keeps its number when parts are merged.
 */
export async function* tailEntries(
  needs: TailNeeds,
  selection: AuditSelection,
  options: WaitOptions & { readonly pollMs?: number },
): AsyncGenerator<AuditEntry, void, undefined> {
  const { pollMs = usualPollMs, signal } = options
  const wait: WaitOptions = signal === undefined ? {} : { signal }
  checkSelection(selection)
  const filter = selection.filter === undefined ? undefined : selectionFilter(selection.filter)
  const recent = createRecentRecords()
  const tables: { readonly name: string; seen: bigint; place?: RowPlace }[] = []
  try {
    for (const name of [needs.tables.events, needs.tables.quarantine]) {
      tables.push({ name, seen: await newestBlock(needs, name, wait) })
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw readError(error, 'following the audit log')
  }
  let failures = 0
  for (;;) {
    try {
      for (const table of tables) {
        const newest = await newestBlock(needs, table.name, wait)
        if (newest > table.seen) {
          const question = { table: table.name, selection, above: table.seen, upTo: newest, behind: table.place }
          for await (const { place, row } of newRows(needs, question, wait)) {
            signal?.throwIfAborted()
            const entry = entryOfRow(row)
            table.place = place
            failures = 0
            if (!recent.isNew(row.record)) continue
            if (filter === undefined || filter.isExact || filter.matches(entry)) yield entry
          }
        }
        // Also where it is lower: the newest rows were dropped, and the numbers of a server that starts again follow those that are left.
        table.seen = newest
        delete table.place
      }
      failures = 0
    } catch (error) {
      signal?.throwIfAborted()
      const described = readError(error, 'following the audit log')
      if (!described.retriable) throw described
      failures += 1
      needs.logger.warn(
        { code: described.code, failures },
        'following the log broke off, going on behind the last entry',
      )
    }
    await needs.clock.sleep(failures === 0 ? pollMs : Math.min(pollMs * 2 ** failures, longestPauseMs), wait)
  }
}
