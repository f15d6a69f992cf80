import type { WaitOptions } from '@ledgerbus/core'
import type { Connection, RowsOptions } from '../clickhouse/connection.ts'

/** A connection that asks nothing before its check passed, once: questions need no `start()`, and one unchecked question may show too much. */
export function scopedConnection(connection: Connection, check: (wait: WaitOptions) => Promise<void>): Connection {
  let isChecked = false

  async function once(wait: WaitOptions): Promise<void> {
    if (isChecked) return
    await check(wait)
    isChecked = true
  }

  return {
    ...connection,
    async rows<Row>(sql: string, parameters: Readonly<Record<string, unknown>>, options: RowsOptions = {}) {
      await once(options)
      return await connection.rows<Row>(sql, parameters, options)
    },
    async *bytes(statement, settings, wait = {}) {
      await once(wait)
      yield* connection.bytes(statement, settings, wait)
    },
  }
}
