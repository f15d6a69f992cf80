import { setTimeout as sleep } from 'node:timers/promises'
import type { ClickHouseClient } from '@clickhouse/client'

const longestMs = 300_000

/** Waits until the table shows `count` rows. @throws Error after five minutes */
export async function untilRows(client: ClickHouseClient, table: string, count: number): Promise<void> {
  const deadline = performance.now() + longestMs
  for (;;) {
    const answer = await client.query({ query: `SELECT count() AS rows FROM ${table}`, format: 'JSONEachRow' })
    const [first] = await answer.json<{ rows: string }>()
    if (Number(first?.rows) >= count) return
    if (performance.now() > deadline)
      throw new Error(`${table} shows ${first?.rows ?? '?'} of ${count} rows after five minutes`)
    await sleep(50)
  }
}
