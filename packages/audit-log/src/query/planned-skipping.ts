import type { ClickHouseSettings } from '@clickhouse/client'

/**
 * What skip indexes rule out is left out before reading begins. Left to itself the server asks them granule by granule while it reads, and a reading in
 * order begins a task for each granule of the table, of which most end empty: an hour of ten million entries took six times as long
 * (docs/decisions/0165-skip-indexes-are-asked-before-reading.md).
 */
export const plannedSkipping: ClickHouseSettings = { use_skip_indexes_on_data_read: 0 }
