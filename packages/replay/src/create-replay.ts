import {
  type AuditLogReader,
  type Broker,
  type Clock,
  ConfigurationError,
  consoleLogger,
  type Ids,
  type Logger,
  systemClock,
  uuidV7Ids,
  type WaitOptions,
} from '@ledgerbus/core'
import { planReplay } from './plan/plan-replay.ts'
import type { ReplayPlan } from './plan/replay-plan.ts'
import type { ReplayRequest } from './plan/replay-request.ts'
import { ReplayError } from './replay-error.ts'
import type { ReplayReport } from './run/replay-report.ts'
import { type RunReplayOptions, runReplay } from './run/run-replay.ts'

/** What a replay stands on. */
export interface CreateReplayOptions {
  readonly broker: Broker
  /** Started and closed by the caller. */
  readonly auditLog: AuditLogReader
  /** @default the system's */
  readonly clock?: Clock
  /** Makes replay ids. @default UUID version 7 */
  readonly ids?: Ids
  /** @default warnings and errors on stderr */
  readonly logger?: Logger
}

/** Publishes ranges of the audit log again. */
export interface Replay {
  /**
   * Freezes and counts what a request selects. Publishes nothing and changes nothing.
   *
   * @throws ReplayError `REPLAY_BOUNDS_REQUIRED`, `REPLAY_BOUNDS_REVERSED`, `REPLAY_REQUEST_INVALID`, `REPLAY_TARGET_UNKNOWN`
   */
  plan(request: ReplayRequest, options?: WaitOptions): Promise<ReplayPlan>
  /**
   * Carries a plan out, each page in one transaction where the broker has them, keys in their order. Resolves when every
   * planned entry is published and confirmed, or when the signal ended it (`state: 'interrupted'`).
   *
   * It never repeats a page on its own: what is not confirmed stops the run, and the error's report counts what is there for certain
   * and what is in doubt. Going on behind `report.resumeCursor` after `REPLAY_PUBLISH_UNKNOWN` may publish that one page twice,
   * under the same sequence numbers.
   *
   * @throws ReplayError `REPLAY_PUBLISH_FAILED`, `REPLAY_PUBLISH_UNKNOWN`, `REPLAY_READ_FAILED`, `REPLAY_COUNT_MISMATCH`,
   * `REPLAY_CURSOR_INVALID`, `REPLAY_PLAN_ALTERED`
   */
  run(plan: ReplayPlan, options?: RunReplayOptions): Promise<ReplayReport>
  /** Ends what runs after its page in flight, and waits for it. Idempotent. */
  close(): Promise<void>
}

/** For callers without types: what is mixed up is told here, not in the middle of a plan. */
function checkParts({ broker, auditLog }: { readonly broker?: unknown; readonly auditLog?: unknown }): void {
  const problems: string[] = []
  if (!hasMethod(broker, 'createProducer')) problems.push('broker: what createKafkaBroker or another adapter returns')
  if (!hasMethod(auditLog, 'summarize')) problems.push('auditLog: what createAuditLog or another reader of it returns')
  if (problems.length > 0) throw new ConfigurationError('createReplay', problems)
}

function hasMethod(part: unknown, name: string): boolean {
  return typeof part === 'object' && part !== null && typeof Reflect.get(part, name) === 'function'
}

/**
 * Makes a replay. Connects nothing: planning and running connect for as long as they last.
 *
 * @throws ConfigurationError when `broker` or `auditLog` is none
 */
export function createReplay(options: CreateReplayOptions): Replay {
  checkParts(options)
  const { broker, auditLog } = options
  const clock = options.clock ?? systemClock
  const ids = options.ids ?? uuidV7Ids
  const logger = options.logger ?? consoleLogger
  const closing = new AbortController()
  const underWay = new Set<Promise<unknown>>()

  /** Ends with `close` too, and is waited for by it. */
  function tracked<Result>(
    signal: AbortSignal | undefined,
    action: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    if (closing.signal.aborted) return Promise.reject(closing.signal.reason)
    const work = action(signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]))
    const settled = work.then(
      () => undefined,
      () => undefined, // the caller of plan or run gets the error
    )
    underWay.add(settled)
    void settled.then(() => underWay.delete(settled))
    return work
  }

  return Object.freeze({
    plan: (request: ReplayRequest, wait: WaitOptions = {}) =>
      tracked(wait.signal, (signal) => planReplay(request, { broker, auditLog, clock, ids }, { signal })),
    run: (plan: ReplayPlan, run: RunReplayOptions = {}) =>
      tracked(run.signal, (signal) => runReplay(plan, { broker, auditLog, clock, logger }, { ...run, signal })),
    async close() {
      closing.abort(new ReplayError('the replay was closed', { code: 'REPLAY_CLOSED' }))
      await Promise.all(underWay)
    },
  })
}
