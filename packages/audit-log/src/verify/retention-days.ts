import type { WaitOptions } from '@ledgerbus/core'
import { readError } from '../clickhouse/error-table.ts'
import type { QueryNeeds } from '../query/entry-rows.ts'

/** After how many days the events go, as the table says it; `undefined` where it has no time to live that we know. */
export async function retentionDays(
  { connection, tables }: QueryNeeds,
  wait: WaitOptions,
): Promise<number | undefined> {
  try {
    const [table] = await connection.rows<{ readonly engine_full: string }>(
      'SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = {name:String}',
      { name: tables.events },
      wait,
    )
    const days = /TTL kafka_timestamp \+ toIntervalDay\((\d+)\)/.exec(table?.engine_full ?? '')?.[1]
    return days === undefined ? undefined : Number(days)
  } catch (error) {
    wait.signal?.throwIfAborted()
    throw readError(error, 'asking for how long entries are kept')
  }
}
