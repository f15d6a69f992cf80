import type { WaitOptions } from '@ledgerbus/core'
import type { Connection } from '../clickhouse/connection.ts'
import { readFailure } from '../clickhouse/error-table.ts'
import { checksumOf, type Migration } from './migration.ts'

/** Which migrations were applied, as it stands in the database of one node and its replicas. */
export interface MigrationLedger {
  /** Checksums by name; `undefined`: there is no ledger yet. */
  applied(options?: WaitOptions): Promise<ReadonlyMap<string, string> | undefined>
  record(migration: Migration, options?: WaitOptions): Promise<void>
}

/** ClickHouse's code for a table that is not there. */
const unknownTable = 60

/** Makes the table of the ledger where there is none. */
export function ledgerStatement(table: string): string {
  return `CREATE TABLE IF NOT EXISTS ${table} (
  name String COMMENT 'The migration',
  checksum String COMMENT 'SHA-256 of its statements',
  applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied'
)
ENGINE = ReplacingMergeTree ORDER BY name SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Ledgerbus: migrations of the audit log'`
}

/** @param table an identifier; it stands in the statements as it is */
export function createMigrationLedger(connection: Connection, table: string): MigrationLedger {
  return {
    async applied(options) {
      try {
        const rows = await connection.rows<{ readonly name: string; readonly checksum: string }>(
          `SELECT name, checksum FROM ${table} FINAL ORDER BY name`,
          {},
          options,
        )
        return new Map(rows.map(({ name, checksum }) => [name, checksum]))
      } catch (error) {
        if (readFailure(error).server?.code === unknownTable) return undefined
        throw error
      }
    },
    // Both values are ours: a name of letters and digits, a checksum in hexadecimal.
    record: (migration, options) =>
      connection.command(
        `INSERT INTO ${table} (name, checksum) SETTINGS async_insert = 0 VALUES ('${migration.name}', '${checksumOf(migration)}')`,
        options,
      ),
  }
}
