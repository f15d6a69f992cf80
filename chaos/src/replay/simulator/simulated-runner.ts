import { type AuditLogReader, type Broker, type Clock, isLedgerbusError, silentLogger } from '@ledgerbus/core'
import { createReplay, ReplayError } from '@ledgerbus/replay'
import { createSeededRandom } from '@ledgerbus/testkit'
import type { SimulatedLedger } from '../../simulator/simulated-ledger.ts'
import { someTransform, transformName } from '../some-transform.ts'
import { createSimulatedProcess } from './simulated-process.ts'

export interface SimulatedRunnerOptions {
  readonly name: string
  readonly replayId: string
  readonly broker: Broker
  readonly auditLog: AuditLogReader
  readonly ledger: SimulatedLedger
  readonly clock: Clock
  readonly seed: number
  readonly maxInFlight: number
  readonly ratePerSecond: number
}

/** One process that runs a replay. */
export interface SimulatedRunner {
  /** Killed, or ended by itself. */
  readonly isGone: boolean
  /** Whether it has published something. */
  readonly isAtWork: boolean
  /** Whether it said that the replay is over. */
  readonly saysOver: boolean
  kill(): void
  freeze(): void
  thaw(): void
  interrupt(): void
}

export function startSimulatedRunner(options: SimulatedRunnerOptions): SimulatedRunner {
  const { name, replayId, ledger, clock, seed, maxInFlight, ratePerSecond } = options
  const random = createSeededRandom(seed)
  const life = createSimulatedProcess({ broker: options.broker, auditLog: options.auditLog, clock, random })
  const replay = createReplay({
    broker: life.broker,
    auditLog: life.auditLog,
    transforms: { [transformName]: someTransform },
    clock,
    random,
    ids: { next: () => name },
    logger: silentLogger,
  })
  const closing = new AbortController()
  let isGone = false
  let isAtWork = false
  let saysOver = false

  function gone(code: number | null, isExpected: boolean): void {
    if (isGone) return
    isGone = true
    ledger.add('run', { kind: 'ended', member: name, code, signal: code === null ? 'SIGKILL' : null, isExpected })
  }

  async function run(): Promise<void> {
    ledger.add(name, { kind: 'replay-run', replayId })
    try {
      const report = await replay.run(replayId, {
        ...{ confirmed: true, by: name, maxInFlight, ratePerSecond, maxErrors: Number.POSITIVE_INFINITY },
        signal: closing.signal,
        onProgress() {
          isAtWork = true
        },
      })
      const { state, planned, published, failed, leftOut } = report
      ledger.add(name, { kind: 'replay-ended', state, planned, published, failed, leftOut })
      saysOver = state === 'completed'
    } catch (error) {
      // Anything else is a mistake of the platform: the process ends and says nothing.
      if (isLedgerbusError(error)) tellEnd(error)
    }
    // Interrupted before it had begun, it has nothing to report.
    gone(1, closing.signal.aborted)
  }

  function tellEnd(error: ReplayError | (Error & { readonly code: string; readonly retriable: boolean })): void {
    const { code, message, retriable } = error
    const { planned = 0, published = 0, failed = 0, leftOut = 0 } = (error instanceof ReplayError && error.report) || {}
    const counts = { planned, published, failed, leftOut }
    ledger.add(name, { kind: 'replay-ended', state: 'failed', ...counts, code, message, isRetriable: retriable })
    saysOver = code === 'REPLAY_ENDED'
  }

  void run()
  return {
    get isGone() {
      return isGone
    },
    get isAtWork() {
      return isAtWork
    },
    get saysOver() {
      return saysOver
    },
    kill() {
      if (isGone) return
      life.kill()
      ledger.add('run', { kind: 'killed', member: name })
      gone(null, true)
    },
    freeze: () => life.freeze(),
    thaw: () => life.thaw(),
    interrupt: () => closing.abort(new Error('interrupted')),
  }
}
