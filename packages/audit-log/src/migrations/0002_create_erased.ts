import { columns, sortKey } from './0001_create_audit_log.ts'
import type { Migration } from './migration.ts'

/** Markers of erased entries, and the reading table over them, too. Why a table of their own: docs/decisions/0114-an-erased-entry-leaves-a-marker.md. */
export const createErasedTable: Migration = {
  name: '0002_create_erased',
  statements: [
    // Without a time to live: a marker must outlast every copy of what it stands for.
    `CREATE TABLE IF NOT EXISTS {erased} (${columns},
  erased_at DateTime64(3, 'UTC') ALIAS fromUnixTimestamp64Milli(JSONExtractInt(problem, 'erased_at_ms'), 'UTC') COMMENT 'When it was erased',
  erased_by String ALIAS JSONExtractString(problem, 'by') COMMENT 'Who asked for it',
  erasure_reason String ALIAS JSONExtractString(problem, 'reason') COMMENT 'Why',
  erased_status String ALIAS JSONExtractString(problem, 'was') COMMENT 'ok, tombstone or undecodable: what record_status was',
  erased_sha256 String ALIAS JSONExtractString(problem, 'sha256') COMMENT 'SHA-256 of status, key, value and headers, for seals and comparisons'
)
ENGINE = ReplacingMergeTree
ORDER BY ${sortKey}
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 100000,
  fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Ledgerbus: what is left of erased entries'`,
    // A reading table of which one member is empty is read without its order, and so whole. Questions leave these rows out.
    `INSERT INTO {quarantine} (kafka_offset, record_status, problem, ingested_at) SETTINGS async_insert = 0 VALUES (1, 'none', 'keeps the table from being empty', '2200-01-01 00:00:00')`,
    `INSERT INTO {erased} (kafka_offset, record_status, problem, ingested_at) SETTINGS async_insert = 0 VALUES (2, 'none', 'keeps the table from being empty', '2200-01-01 00:00:00')`,
    // It holds no rows of its own, so nothing is lost, and those who read meanwhile go on with the old one.
    `CREATE OR REPLACE TABLE {entries} (${columns})
ENGINE = Merge(currentDatabase(), '^({events}|{quarantine}|{erased})$')
COMMENT 'Ledgerbus: {events}, {quarantine} and {erased} as one, for reading; rows of {events} whose coordinates stand in {erased} are copies; add FINAL to count'`,
  ],
}
