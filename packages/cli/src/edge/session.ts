import type { Broker, Logger } from '@ledgerbus/core'
import { loadSettings, type SettingFlags, type Settings } from '../config/settings.ts'
import { createPrinter, type OutputFormat, type Printer } from '../output/printer.ts'
import type { Edge, MigratableAuditLog } from './edge.ts'
import { unlessInterrupted } from './interruption.ts'
import { createLogger, type LogLevel } from './logger.ts'

/** Flags that every command knows. */
export type CommonFlags = SettingFlags & {
  readonly output: OutputFormat
  readonly json?: boolean | undefined
  readonly debug?: boolean | undefined
}

/** One call of one command: its edge, its settings, and what it prints through. */
export interface Session {
  readonly edge: Edge
  readonly settings: Settings
  readonly logger: Logger
  readonly printer: Printer
  broker(): Promise<Broker>
  auditLog(): Promise<MigratableAuditLog>
}

/**
 * @param options `logLevel`: what the command logs unless told otherwise. Commands that answer and go say everything in their answer or
 * their error, so they log nothing; services log what they do.
 */
export async function openSession(
  edge: Edge,
  flags: CommonFlags,
  options: { readonly logLevel: LogLevel } = { logLevel: 'silent' },
): Promise<Session> {
  // A project file is a program: it may wait for anything.
  const settings = await unlessInterrupted(loadSettings(flags, edge), edge)
  const level = flags.debug === true ? 'debug' : (settings.logLevel ?? options.logLevel)
  const logger = await createLogger(edge.stderr, level)
  return {
    edge,
    settings,
    logger,
    printer: createPrinter(edge, flags.json === true ? 'json' : flags.output),
    broker: () => edge.connections.broker(settings.kafka(), logger),
    auditLog: () => edge.connections.auditLog(settings.clickHouse(), logger),
  }
}
