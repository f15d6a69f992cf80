import type { ClickHouseSettings } from '@clickhouse/client'

const oneBlock = '1048576'

/**
 * The same at every try: one insert is one block, parsed in one piece, stored or not as a whole within a month, and answered when it is
 * stored. Each value is pinned because its default differs, or could be set otherwise in a user's profile. Numbers of 64 bits are text.
 */
export function insertSettings(token: string): ClickHouseSettings {
  return {
    async_insert: 0,
    // The server would look for equal sort keys within the block, which has none, and copy all of it for that: a quarter of an insert's CPU.
    optimize_on_insert: 0,
    insert_deduplicate: 1,
    deduplicate_insert: 'enable',
    insert_deduplication_token: token,
    max_insert_block_size: oneBlock,
    min_insert_block_size_rows: oneBlock,
    min_insert_block_size_bytes: '1073741824',
    input_format_parallel_parsing: 0,
    // Plain texts become those of dictionaries.
    input_format_native_allow_types_conversion: 1,
    // Ten years are 121 months, and the quarantine takes everything older.
    max_partitions_per_insert_block: '200',
  }
}
