import type { WaitOptions } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import type { Connection } from '../clickhouse/connection.ts'
import type { Shards } from '../cluster/shards.ts'
import type { TableStatements } from '../cluster/table-statements.ts'
import type { TableNames } from '../table-names.ts'
import { readStorageOptions, type StorageOptions, type TieringOptions } from './storage-options.ts'
import { parseTimeToLive, type TimeToLive, timeToLiveOf, timeToLiveText } from './time-to-live.ts'

/** What {@link applyStorage} works with. */
export interface StorageNeeds {
  readonly shards: Shards
  readonly tableStatements: TableStatements
  readonly tables: TableNames
}

/** What tables keep that say nothing we know. */
const defaultLife: TimeToLive = { retention: { days: 400 } }

interface StoredTable {
  readonly name: string
  readonly engineFull: string
  readonly policy: string
}

/**
 * Sets for how long entries are kept and where, on the tables that say otherwise; repeated, it changes nothing. What is older disappears at the
 * next merge, and does not come back with a longer retention. Forward only: entries come back from a volume by themselves never.
 *
 * The quarantine keeps its storage: it is small, and its rows live from when they were stored.
 *
 * @throws AuditLogError `AUDIT_LOG_CONFIGURATION` for what cannot be, and for a policy or volume that a node does not have
 */
export async function applyStorage(needs: StorageNeeds, options: StorageOptions, wait: WaitOptions): Promise<void> {
  const { retention, tiering } = readStorageOptions(options)
  if (retention === undefined && tiering === undefined) return
  const { tables, tableStatements, shards } = needs
  const found = (await Promise.all(shards.all.map((connection) => storedTables(connection, tables, wait)))).flat()
  const events = found.filter(({ name }) => name === tables.events)
  const quarantines = found.filter(({ name }) => name === tables.quarantine)

  if (tiering !== undefined && events.some(({ policy }) => policy !== tiering.policy)) {
    await tableStatements.run(`ALTER TABLE ${tables.events} MODIFY SETTING storage_policy = '${tiering.policy}'`, wait)
  }
  const present = events[0] === undefined ? defaultLife : (parseTimeToLive(events[0].engineFull) ?? defaultLife)
  const wanted = {
    ...present,
    ...(retention !== undefined && { retention }),
    ...(tiering !== undefined && { tiering }),
  }
  const eventsLife = timeToLiveText('kafka_timestamp', wanted)
  if (events.some(({ engineFull }) => timeToLiveOf(engineFull) !== eventsLife)) {
    await tableStatements.run(`ALTER TABLE ${tables.events} MODIFY TTL ${eventsLife}`, wait)
  }
  const quarantineLife = timeToLiveText('ingested_at', { retention: wanted.retention })
  if (quarantines.some(({ engineFull }) => timeToLiveOf(engineFull) !== quarantineLife)) {
    await tableStatements.run(`ALTER TABLE ${tables.quarantine} MODIFY TTL ${quarantineLife}`, wait)
  }
}

/**
 * Before anything is changed: whether every node has the policy and the volume, and can give the policy to the table that stands. ClickHouse's own
 * answer would come after half of the work.
 *
 * @throws AuditLogError `AUDIT_LOG_CONFIGURATION`
 */
export async function checkTiering(
  { shards, tables }: Pick<StorageNeeds, 'shards' | 'tables'>,
  tiering: TieringOptions,
  wait: WaitOptions,
): Promise<void> {
  const { policy, volume } = tiering
  for (const connection of shards.all) {
    const volumes = await volumesOf(connection, '{policy:String}', { policy }, wait)
    const present = await volumesOf(
      connection,
      '(SELECT storage_policy FROM system.tables WHERE database = currentDatabase() AND name = {table:String})',
      { table: tables.events },
      wait,
    )
    const missing = present.filter((one) => !volumes.includes(one))
    if (volumes.length === 0) throw unfit(connection, `no storage policy ${policy}`)
    if (!volumes.includes(volume)) {
      throw unfit(connection, `no volume ${volume} in its storage policy ${policy}, which has ${volumes.join(', ')}`)
    }
    if (missing.length > 0) {
      throw unfit(
        connection,
        `no volume ${missing.join(', ')} in its storage policy ${policy}, but ${tables.events} has parts there`,
      )
    }
  }
}

async function volumesOf(
  connection: Connection,
  policy: string,
  parameters: Readonly<Record<string, string>>,
  wait: WaitOptions,
): Promise<readonly string[]> {
  const rows = await connection.rows<{ readonly volume_name: string }>(
    `SELECT volume_name FROM system.storage_policies WHERE policy_name = ${policy}`,
    parameters,
    wait,
  )
  return rows.map(({ volume_name: name }) => name)
}

function unfit({ address }: Connection, what: string): AuditLogError {
  return new AuditLogError(`the server at ${address} has ${what}; see storage_configuration`, {
    code: 'AUDIT_LOG_CONFIGURATION',
  })
}

async function storedTables(
  connection: Connection,
  { events, quarantine }: TableNames,
  wait: WaitOptions,
): Promise<readonly StoredTable[]> {
  const rows = await connection.rows<{
    readonly name: string
    readonly engine_full: string
    readonly storage_policy: string
  }>(
    'SELECT name, engine_full, storage_policy FROM system.tables WHERE database = currentDatabase() AND name IN {names:Array(String)}',
    { names: [events, quarantine] },
    wait,
  )
  return rows.map((row) => ({ name: row.name, engineFull: row.engine_full, policy: row.storage_policy }))
}
