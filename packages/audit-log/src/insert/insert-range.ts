import type { AuditRange, InsertOptions, Outcome } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import type { Connection } from '../clickhouse/connection.ts'
import { writeError } from '../clickhouse/error-table.ts'
import { insertedColumns } from '../row/native-block.ts'
import type { TableNames } from '../table-names.ts'
import { deduplicationToken } from './deduplication-token.ts'
import { type EncodedBlock, type EncodedRows, isEncodedBlock } from './encoded-block.ts'
import { insertSettings } from './insert-settings.ts'
import { rangeProblem } from './range-problem.ts'

/** What {@link insertRange} works with. */
export interface InsertNeeds {
  readonly connection: Connection
  readonly tables: TableNames
}

/**
 * Stores a range: its events in one insert, and what cannot stand among them in a second one. `ok` only when both stand. Never rejects.
 *
 * A range of one record that the server refuses for its content goes into quarantine, so that looking for a refused row ends.
 */
export async function insertRange(
  needs: InsertNeeds,
  range: AuditRange,
  options: InsertOptions = {},
): Promise<Outcome> {
  const { block, first, next } = range
  const where = `storing ${block.topic}/${block.partition} [${first}, ${next})`
  const problem = rangeProblem(range)
  if (problem !== undefined || !isEncodedBlock(block)) {
    return { kind: 'failed', error: new AuditLogError(`${where}: ${problem}`, { code: 'AUDIT_RANGE_INVALID' }) }
  }
  const target = { ...needs, range, block, where }
  const outcome = await insertBlock(target, block.rows('events'), block.rows('quarantine'), options)
  if (outcome.kind === 'failed' && outcome.error.code === 'AUDIT_ROW_REFUSED' && block.records === 1) {
    return insertBlock(target, noRows, block.refusedRow(), options)
  }
  return outcome
}

const noRows: EncodedRows = { records: 0, digest: 0, pieces: [] }

interface Target extends InsertNeeds {
  readonly range: AuditRange
  readonly block: EncodedBlock
  readonly where: string
}

async function insertBlock(
  target: Target,
  events: EncodedRows,
  quarantine: EncodedRows,
  options: InsertOptions,
): Promise<Outcome> {
  const { tables, where } = target
  try {
    await insertRows(target, tables.events, events, options)
    if (quarantine.records > 0) await options.beforeQuarantine?.()
    await insertRows(target, tables.quarantine, quarantine, options)
    return { kind: 'ok' }
  } catch (error) {
    // An abort, too: what was sent may be stored.
    const described = writeError(error, where)
    return { kind: described.outcome, error: described }
  }
}

async function insertRows(
  { connection, range, block }: Target,
  table: string,
  { records, digest, pieces }: EncodedRows,
  { signal, again }: InsertOptions,
): Promise<void> {
  if (records === 0) return
  const { first, next } = range
  const token = deduplicationToken(block, { first, next, records, digest, ...(again !== undefined && { again }) })
  await connection.insert(
    `INSERT INTO ${table} (${insertedColumns.join(', ')}) FORMAT Native`,
    pieces,
    insertSettings(token),
    signal === undefined ? {} : { signal },
  )
}
