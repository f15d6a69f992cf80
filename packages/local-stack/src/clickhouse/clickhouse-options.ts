import type { ServerHandle } from '../process/server-handle.ts'
import type { ServerOptions } from '../server-options.ts'
import type { ClickHouseSettings, ClickHouseUser } from './clickhouse-config.ts'

/** Options of `startClickHouse`. */
export interface ClickHouseOptions extends ServerOptions {
  /** Users besides `default`. Users cannot be created by SQL: this build of the server has no storage for them. @default none */
  readonly users?: readonly ClickHouseUser[]
  /** Settings of the server, such as `background_pool_size` (2 unless given). @default ClickHouse's own */
  readonly serverSettings?: ClickHouseSettings
  /** Defaults for MergeTree tables, such as `fsync_after_insert`. @default ClickHouse's own */
  readonly mergeTreeSettings?: ClickHouseSettings
  /** Query settings of all users, such as `max_memory_usage`. @default ClickHouse's own */
  readonly settings?: ClickHouseSettings
  /** What the server writes to its log. @default 'information' */
  readonly logLevel?: 'error' | 'warning' | 'information' | 'debug' | 'trace'
  /** Port for HTTP, used if it is free. @default a free one */
  readonly preferredPort?: number
}

/** A running ClickHouse. */
export interface LocalClickHouse extends ServerHandle {
  /** `http://127.0.0.1:<port>`; user `default`, no password. */
  readonly url: string
  /** For ClickHouse's native protocol, on 127.0.0.1. */
  readonly tcpPort: number
  readonly dataDir: string
  /** Ends the server, orderly, then by force; removes temporary data. Calling it again waits for the same end. */
  stop(): Promise<void>
}
