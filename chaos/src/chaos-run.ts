import type { Clock } from '@ledgerbus/core'
import type { RunOutcome } from './run-outcome.ts'

/** What a run is told. */
export interface ChaosRunOptions {
  readonly events: number
  readonly keys: number
  /** How many faults, or restarts. */
  readonly faults: number
  /** Decides faults, data, and what handlers do; not the timing of the machine. */
  readonly seed: number
  /** For the history, the plan and the logs. */
  readonly folder: string
  /** Gets lines for people. */
  readonly progress: (line: string) => void
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Breaks a part of the platform, then checks what it promised. Ends what it started, however it ends. */
export type ChaosRun = (options: ChaosRunOptions) => Promise<RunOutcome>
