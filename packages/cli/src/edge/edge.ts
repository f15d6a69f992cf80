import type { ClickHouseAuditLog, SealStore } from '@ledgerbus/audit-log'
import type { AuditLog, AuditLogEraser, AuditLogInspector, Broker, Clock, Ids, Logger } from '@ledgerbus/core'
import type { DecodeValue } from '@ledgerbus/audit-sink'
import type { CreateReplayOptions, Replay } from '@ledgerbus/replay'
import type { ClickHouseSettings, KafkaSettings } from '../config/settings.ts'

/** A stream to write to that may be a terminal. */
export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean | undefined }

/** A stream to read from that may be a terminal. */
export type InputStream = NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined }

/** The audit log with all that can be done to it. */
export type FullAuditLog = AuditLog & AuditLogInspector & AuditLogEraser

/** The audit log with its tables. */
export type MigratableAuditLog = FullAuditLog & Pick<ClickHouseAuditLog, 'migrate' | 'months' | 'dropMonths'>

/** Makes the clients; nothing is connected yet. They load their packages when asked, not before. */
export interface Connections {
  broker(settings: KafkaSettings, logger: Logger): Promise<Broker>
  auditLog(settings: ClickHouseSettings, logger: Logger): Promise<MigratableAuditLog>
  /** Seals in a folder. */
  seals(folder: string): Promise<SealStore>
  /** Reads values in the frame of a schema registry. */
  decodeValue(registryUrl: string): Promise<DecodeValue>
  replay(parts: CreateReplayOptions): Promise<Replay>
}

/** Questions to a person at a terminal. */
export interface Prompts {
  confirm(question: string): Promise<boolean>
  /** What was typed; `undefined` when the person turned away. */
  type(question: string): Promise<string | undefined>
}

/** Everything the command touches outside itself, so that tests run it in their own process. */
export interface Edge {
  readonly stdin: InputStream
  /** Data, nothing else. */
  readonly stdout: OutputStream
  /** Logs, questions, progress, errors. */
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Who calls, as the operating system says; `undefined` where it does not. */
  readonly userName: string | undefined
  readonly clock: Clock
  readonly ids: Ids
  /** Aborted by the first Ctrl-C or SIGTERM, with an `Interruption` as reason, or when nobody reads stdout any more. */
  readonly interrupted: AbortSignal
  readonly connections: Connections
  readonly prompts: Prompts
  readonly fetch: typeof fetch
}
