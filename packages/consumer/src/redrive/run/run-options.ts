import type { Broker, Clock, Logger, Random } from '@ledgerbus/core'
import { RedriveError } from '../redrive-error.ts'
import type { RedriveProgress } from './redrive-report.ts'

/** How a plan is carried out. */
export interface RunRedriveOptions {
  /** Most letters a second, above 0. @default as fast as the group ends them */
  readonly ratePerSecond?: number
  /**
   * Stops the run when this share of the redriven letters failed again, once 50 of them ended; above 0 and at most 1.
   * @default 0.2
   */
  readonly maxFailedShare?: number
  /**
   * Most letters that were redriven and have not ended, 50 or more; before 50 ended, 50. A group without members is not waited for.
   * @default 1_000
   */
  readonly maxUnderWay?: number
  /**
   * How long to wait for redriven letters to end while none does, in milliseconds; then the run goes on, or is over, without waiting. 0 waits for none.
   * @default 30_000
   */
  readonly patienceMs?: number
  /** Called after every page. What it throws ends the run. */
  readonly onProgress?: (progress: RedriveProgress) => void
  /** Ends the run after the page in flight; the report then says `interrupted`. */
  readonly signal?: AbortSignal
}

/** How letters are discarded. */
export interface DiscardOptions {
  /** Why; stands in the state of each letter. 1 to 500 characters. */
  readonly reason: string
  readonly onProgress?: (progress: RedriveProgress) => void
  readonly signal?: AbortSignal
}

/** What running needs. */
export interface RunNeeds {
  readonly broker: Broker
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** So many have to end before their failures say something. */
export const enoughEnded = 50

export interface RunSettings {
  readonly ratePerSecond: number | undefined
  readonly maxFailedShare: number
  readonly maxUnderWay: number
  readonly patienceMs: number
}

/** @throws RedriveError `REDRIVE_REQUEST_INVALID` with every problem */
export function resolveRunOptions(options: RunRedriveOptions): RunSettings {
  const { ratePerSecond, maxFailedShare = 0.2, maxUnderWay = 1_000, patienceMs = 30_000 } = options
  const problems: string[] = []
  if (ratePerSecond !== undefined && !(Number.isFinite(ratePerSecond) && ratePerSecond > 0)) {
    problems.push(`ratePerSecond: a number above 0, not ${ratePerSecond}`)
  }
  if (!(maxFailedShare > 0 && maxFailedShare <= 1)) {
    problems.push(`maxFailedShare: above 0 and at most 1, not ${maxFailedShare}`)
  }
  if (!Number.isSafeInteger(maxUnderWay) || maxUnderWay < enoughEnded) {
    problems.push(`maxUnderWay: a whole number from ${enoughEnded}, not ${maxUnderWay}`)
  }
  if (!(Number.isFinite(patienceMs) && patienceMs >= 0)) {
    problems.push(`patienceMs: a number of milliseconds from 0, not ${patienceMs}`)
  }
  if (problems.length > 0) {
    throw new RedriveError(`redrive run: ${problems.join('; ')}`, { code: 'REDRIVE_REQUEST_INVALID' })
  }
  return { ratePerSecond, maxFailedShare, maxUnderWay, patienceMs }
}
