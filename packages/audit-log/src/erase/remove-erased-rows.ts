import type { Clock, WaitOptions } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import type { QueryNeeds } from '../query/entry-rows.ts'
import { sortKeyColumns } from '../row/audit-columns.ts'

const firstPauseMs = 50
const longestPauseMs = 2_000

/**
 * Removes every row of a node that has a marker, with all its copies, and waits until it is done. Of this run, of a former one that was killed, and what late
 * inserts brought back: the markers say what has to go, so the order of runs does not matter.
 *
 * A mutation and no lightweight delete: that would leave the bytes readable for whoever sets `apply_deleted_mask = 0`. Only the months that hold such a
 * row are rewritten. Replicas would refuse a list that is asked for, since theirs may differ; a replica that has a marker late keeps the row until the
 * next run, unread.
 *
 * @returns how many rows were removed
 * @throws AuditLogError `AUDIT_ERASURE_UNFINISHED` where rows are left
 */
export async function removeErasedRows(
  needs: QueryNeeds & { readonly clock: Clock },
  wait: WaitOptions,
): Promise<number> {
  let removed = 0
  for (const table of [needs.tables.events, needs.tables.quarantine]) {
    const before = await erasedRows(needs, table, wait)
    for (const { partition } of before) {
      // The id of a partition comes from the server: digits, or `all`.
      await needs.connection.command(
        `ALTER TABLE ${table} DELETE IN PARTITION ID '${partition.replaceAll(/[^0-9a-z]/g, '')}' WHERE ${hasMarker(needs)} SETTINGS allow_nondeterministic_mutations = 1`,
        wait,
      )
    }
    if (before.length > 0) await untilMutated(needs, table, wait)
    const left = sum(await erasedRows(needs, table, wait))
    removed += Math.max(sum(before) - left, 0)
    if (left > 0) throw unfinished(`${left} rows of ${table} are left`)
  }
  return removed
}

function hasMarker({ tables }: QueryNeeds): string {
  const columns = sortKeyColumns.join(', ')
  return `(${columns}) IN (SELECT ${columns} FROM ${tables.erased})`
}

interface ErasedRows {
  readonly partition: string
  readonly count: string
}

function erasedRows(needs: QueryNeeds, table: string, wait: WaitOptions): Promise<readonly ErasedRows[]> {
  return needs.connection.rows<ErasedRows>(
    `SELECT _partition_id AS partition, count() AS count FROM ${table} WHERE ${hasMarker(needs)} GROUP BY partition ORDER BY partition`,
    {},
    wait,
  )
}

function sum(rows: readonly ErasedRows[]): number {
  return rows.reduce((total, { count }) => total + Number(count), 0)
}

/** Asked for again and again instead of waited for in one request: rewriting a month may take longer than any time-out. */
async function untilMutated(
  { connection, tables, clock }: QueryNeeds & { readonly clock: Clock },
  table: string,
  wait: WaitOptions,
): Promise<void> {
  let pauseMs = firstPauseMs
  for (;;) {
    const [state] = await connection.rows<{ readonly open: string; readonly problem: string }>(
      `SELECT count() AS open, anyIf(latest_fail_reason, latest_fail_reason != '') AS problem FROM system.mutations
WHERE database = currentDatabase() AND table = {table:String} AND NOT is_done AND position(command, {erased:String}) > 0`,
      { table, erased: tables.erased },
      wait,
    )
    if (state === undefined || state.open === '0') return
    if (state.problem !== '') throw unfinished(`the mutation of ${table} fails; see system.mutations`)
    await clock.sleep(pauseMs, wait)
    pauseMs = Math.min(pauseMs * 2, longestPauseMs)
  }
}

function unfinished(what: string): AuditLogError {
  return new AuditLogError(`the entries read as erased, but not all bytes are gone: ${what}; run the erasure again`, {
    code: 'AUDIT_ERASURE_UNFINISHED',
    retriable: true,
  })
}
