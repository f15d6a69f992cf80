import type { AuditRange, Clock, Outcome, WaitOptions } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import type { Connection } from '../clickhouse/connection.ts'
import { writeError } from '../clickhouse/error-table.ts'
import { insertedColumns } from '../row/audit-row-codec.ts'
import type { TableNames } from '../table-names.ts'
import { deduplicationToken } from './deduplication-token.ts'
import { type EncodedBlock, type EncodedRange, encodeRange } from './encode-range.ts'
import { insertSettings } from './insert-settings.ts'
import { rangeProblem } from './range-problem.ts'

/** What {@link insertRange} works with. */
export interface InsertNeeds {
  readonly connection: Connection
  readonly tables: TableNames
  readonly clock: Clock
}

/**
 * Stores a range: its events in one insert, and what cannot stand among them in a second one. `ok` only when both stand. Never rejects.
 *
 * A range of one record that the server refuses for its content goes into quarantine, so that bisecting a refused range ends.
 */
export async function insertRange(needs: InsertNeeds, range: AuditRange, wait: WaitOptions = {}): Promise<Outcome> {
  const where = `storing ${range.topic}/${range.partition} [${range.first}, ${range.next})`
  const problem = rangeProblem(range)
  if (problem !== undefined) {
    return { kind: 'failed', error: new AuditLogError(`${where}: ${problem}`, { code: 'AUDIT_RANGE_INVALID' }) }
  }
  const outcome = await tryInsert(needs, range, where, false, wait)
  if (outcome.kind === 'failed' && outcome.error.code === 'AUDIT_ROW_REFUSED' && range.records.length === 1) {
    return tryInsert(needs, range, where, true, wait)
  }
  return outcome
}

async function tryInsert(
  needs: InsertNeeds,
  range: AuditRange,
  where: string,
  refused: boolean,
  wait: WaitOptions,
): Promise<Outcome> {
  try {
    await needs.connection.probe(wait)
  } catch (error) {
    // Nothing of the range was sent.
    return { kind: 'failed', error: writeError(error, where) }
  }
  let encoded: EncodedRange
  try {
    encoded = await encodeRange(range, { clock: needs.clock, refused })
  } catch (cause) {
    // No row of ours ends here. One that does is found and set aside like a row that the server refuses.
    return {
      kind: 'failed',
      error: new AuditLogError(`${where}: a record cannot be written as a row`, { code: 'AUDIT_ROW_REFUSED', cause }),
    }
  }
  try {
    await insertBlock(needs, needs.tables.events, range, encoded.events, wait)
    await insertBlock(needs, needs.tables.quarantine, range, encoded.quarantine, wait)
    return { kind: 'ok' }
  } catch (error) {
    // An abort, too: what was sent may be stored.
    const described = writeError(error, where)
    return { kind: described.outcome, error: described }
  }
}

async function insertBlock(
  { connection }: InsertNeeds,
  table: string,
  range: AuditRange,
  block: EncodedBlock,
  wait: WaitOptions,
): Promise<void> {
  if (block.records.length === 0) return
  await connection.insert(
    `INSERT INTO ${table} (${insertedColumns.join(', ')}) FORMAT RowBinary`,
    block.bytes,
    insertSettings(deduplicationToken(range, block.records)),
    wait,
  )
}
