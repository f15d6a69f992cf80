import type { Environment } from './environment.ts'

/** What a logger has to offer; the logger port of `@ledgerbus/core` and pino do. Facts first, then a constant text. */
export interface LocalStackLogger {
  info(facts: Readonly<Record<string, unknown>>, text: string): void
  warn(facts: Readonly<Record<string, unknown>>, text: string): void
}

/** What all servers have in common. */
export interface ServerOptions {
  /**
   * Folder of the server's data. It is kept, and a later start goes on with it.
   * @default a temporary folder, removed when the server stops or this process ends
   */
  readonly dataDir?: string
  /** Folder of the log files. They are kept. @default `logs` in `dataDir`, or `ledgerbus-logs` in the system's temporary folder */
  readonly logDir?: string
  /** Folder of downloads. @default `ledgerbus` under `XDG_CACHE_HOME` or `~/.cache` */
  readonly cacheDir?: string
  /** Gets the facts: started with which process and port, ended by itself. @default none */
  readonly logger?: LocalStackLogger
  /** Gets a sentence for people when something takes its time, such as a download. @default none */
  readonly progress?: (line: string) => void
  /** Longest wait from the process's start until it is ready, in milliseconds; downloads not counted. @default 60_000 */
  readonly startTimeoutMs?: number
  /** Longest wait for an orderly end, in milliseconds; then the process is killed. @default 10_000 */
  readonly stopTimeoutMs?: number
  /** Environment of the server, and where `JAVA_HOME`, `PATH` and `XDG_CACHE_HOME` are read. @default this process's */
  readonly environment?: Environment
  /** Gives the start up; what was started is stopped, then the signal's reason is thrown. */
  readonly signal?: AbortSignal
}

export const defaultStartTimeoutMs = 60_000
export const defaultStopTimeoutMs = 10_000
