import type { Migration } from './migration.ts'

/**
 * An insert of a sink is a part in one file, and only what merging makes larger has a file for each column.
 * Why: docs/decisions/0170-inserts-are-compact-parts.md.
 */
export const keepInsertsCompact: Migration = {
  name: '0003_keep_inserts_compact',
  statements: [`ALTER TABLE {events} MODIFY SETTING min_bytes_for_wide_part = 134217728`],
}
