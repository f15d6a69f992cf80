import type { Clock } from '@ledgerbus/core'
import type { InjectFault } from '../nemesis/run-faults.ts'
import { reviveLogServer } from './revive-log-server.ts'
import type { LogServer } from './start-log-server.ts'

export interface GuardOptions {
  readonly log: LogServer
  /** Brings faults about. */
  readonly inject: InjectFault
  readonly progress: (line: string) => void
  readonly clock: Clock
  /** Ends the watch. */
  readonly signal: AbortSignal
}

/** Watches ClickHouse through a run: starts it again when it ends by itself, and not because of a fault. */
export function guardLogServer({ log, inject: injected, progress, clock, signal }: GuardOptions): {
  /** The same faults, known to whoever watches. */
  readonly inject: InjectFault
  /** How often it was started again. */
  readonly revivals: () => number
} {
  /** Faults of ClickHouse itself that are not over. */
  let broken = 0
  const revivals = reviveLogServer({ server: log.server, isBroken: () => broken > 0, progress, clock, signal })
  return {
    revivals,
    async inject(fault) {
      if (!fault.kind.startsWith('clickhouse-')) return injected(fault)
      broken += 1
      try {
        const end = await injected(fault)
        return () => end().finally(() => (broken -= 1))
      } catch (error) {
        broken -= 1
        throw error
      }
    },
  }
}
