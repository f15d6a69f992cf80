import type { WaitOptions } from '@ledgerbus/core'
import { readError } from '../clickhouse/error-table.ts'
import type { QueryNeeds } from '../query/entry-rows.ts'
import { parseTimeToLive } from '../retention/time-to-live.ts'

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
    const retention = parseTimeToLive(table?.engine_full ?? '')?.retention
    if (retention === undefined) return undefined
    return 'days' in retention ? retention.days : fewestDays(retention.months)
  } catch (error) {
    wait.signal?.throwIfAborted()
    throw readError(error, 'asking for how long entries are kept')
  }
}

/** No row of a log that is kept by months goes before as many days: of months in a row two days less than the mean are the fewest. */
function fewestDays(months: number): number {
  return Math.floor((months * 365) / 12) - 2
}
