import type { CrashPoint } from './crash-points/crash-point.ts'

/** What a sink is started with, as JSON on its command line. */
export interface SinkOptions {
  readonly name: string
  /** Its ledger. */
  readonly file: string
  readonly brokers: readonly string[]
  readonly clickhouseUrl: string
  readonly topic: string
  readonly groupId: string
  readonly tablePrefix: string
  readonly sessionTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly maxRows: number
  /** Where it is to end. */
  readonly crashAt?: CrashPoint
}
