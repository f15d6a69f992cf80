import type { ClickHouseClient } from '@clickhouse/client'

/** What the entries of a table take on disk, and what their values are. */
export interface StoredBytes {
  readonly onDisk: number
  readonly ofValues: number
}

/** Of the parts that are in use, after everything was merged. */
export async function storedBytes(client: ClickHouseClient, table: string): Promise<StoredBytes> {
  await client.command({ query: `OPTIMIZE TABLE ${table} FINAL` })
  const answer = await client.query({
    query: `SELECT toUInt64((SELECT sum(bytes_on_disk) FROM system.parts WHERE database = currentDatabase() AND table = '${table}' AND active)) AS on_disk,
      (SELECT sum(raw.size) FROM ${table}) AS of_values`,
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ on_disk: string; of_values: string }>()
  return { onDisk: Number(row?.on_disk), ofValues: Number(row?.of_values) }
}
