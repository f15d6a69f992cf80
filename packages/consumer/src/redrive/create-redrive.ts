import {
  type Broker,
  type Clock,
  ConfigurationError,
  consoleLogger,
  type Ids,
  type Logger,
  type Random,
  systemClock,
  systemRandom,
  uuidV7Ids,
  type WaitOptions,
} from '@ledgerbus/core'
import { looksLikeDeadLetterTopic } from './letter-topics.ts'
import { planRedrive } from './plan/plan-redrive.ts'
import type { RedrivePlan } from './plan/redrive-plan.ts'
import type { RedriveRequest } from './plan/redrive-request.ts'
import { RedriveError } from './redrive-error.ts'
import type { RedriveReport } from './run/redrive-report.ts'
import type { DiscardOptions, RunRedriveOptions } from './run/run-options.ts'
import { runDiscard, runRedrive } from './run/run-redrive.ts'
import type { DeadLetterCounts } from './survey/dead-letter-survey.ts'
import { countLetters, type FoundDeadLetter, findLetters, type LetterSelection } from './survey/find-letters.ts'
import { withTools } from './with-tools.ts'

/** What a redrive stands on. */
export interface CreateRedriveOptions {
  readonly broker: Broker
  /** Topics that records may go back to with `to: 'origin'`. @default none */
  readonly originTopics?: readonly string[]
  /** @default the system's */
  readonly clock?: Clock
  /** Makes redrive ids. @default UUID version 7 */
  readonly ids?: Ids
  /** Spreads waits. @default the system's */
  readonly random?: Random
  /** @default warnings and errors on stderr */
  readonly logger?: Logger
}

/** Gives dead letters back to the group that failed. */
export interface Redrive {
  /** Topics whose names are those of dead-letter topics, ours or others', sorted. */
  topics(options?: WaitOptions): Promise<readonly string[]>
  /** Counts dead letters as they stand now. @throws RedriveError `REDRIVE_TOPIC_UNKNOWN`, `REDRIVE_REQUEST_INVALID` */
  count(selection: LetterSelection, options?: WaitOptions): Promise<DeadLetterCounts>
  /** The dead letters as they stand now, by partition and offset, with their bytes. Each once, whatever was written twice. Breaking the loop ends the reading. */
  find(selection: LetterSelection, options?: WaitOptions): AsyncIterable<FoundDeadLetter>
  /**
   * Freezes and counts what a request selects. Publishes nothing and changes nothing.
   *
   * @throws RedriveError `REDRIVE_REQUEST_INVALID`, `REDRIVE_TOPIC_UNKNOWN`, `REDRIVE_ORIGIN_NOT_ALLOWED`
   */
  plan(request: RedriveRequest, options?: WaitOptions): Promise<RedrivePlan>
  /**
   * Carries a plan out: each letter once to readers of committed records, the oldest record of each key first, the letter and its note in one transaction.
   * Killed at any moment and run again, this plan or a new one, it goes on where it was: what is noted as redriven, resolved, parked or
   * discarded is skipped. Of two runs over one topic the later goes on and the earlier stops with `REDRIVE_FENCED`.
   *
   * Resolves when every letter is published, or has a reason not to be, and its group told how it ended or was silent for too long; or when the signal ended it.
   *
   * @throws RedriveError `REDRIVE_FAILING_AGAIN`, `REDRIVE_PUBLISH_FAILED`, `REDRIVE_PUBLISH_UNKNOWN`, `REDRIVE_FENCED`, `REDRIVE_LANE_UNKNOWN`,
   * `REDRIVE_PLAN_ALTERED`, `REDRIVE_PLAN_STALE`, `REDRIVE_TOPIC_UNFIT`; BrokerError `BROKER_NOT_CAPABLE` where there are no transactions
   */
  run(plan: RedrivePlan, options?: RunRedriveOptions): Promise<RedriveReport>
  /** Notes that the letters of a plan are not to be redriven; deletes nothing. The same errors as `run`. */
  discard(plan: RedrivePlan, options: DiscardOptions): Promise<RedriveReport>
  /** Ends what runs after its page in flight, and waits for it. Idempotent. */
  close(): Promise<void>
}

/**
 * Makes a redrive. Connects nothing: each call connects for as long as it lasts.
 *
 * @throws ConfigurationError when `broker` is none
 */
export function createRedrive(options: CreateRedriveOptions): Redrive {
  checkBroker(options)
  const { broker, originTopics = [] } = options
  const clock = options.clock ?? systemClock
  const ids = options.ids ?? uuidV7Ids
  const random = options.random ?? systemRandom
  const logger = options.logger ?? consoleLogger
  const needs = { broker, clock, random, logger }
  const closing = new AbortController()
  const underWay = new Set<Promise<unknown>>()

  function joined(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal])
  }

  /** Ends with `close` too, and is waited for by it. */
  function tracked<Result>(
    signal: AbortSignal | undefined,
    action: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    if (closing.signal.aborted) return Promise.reject(closing.signal.reason)
    const work = action(joined(signal))
    const settled = work.then(
      () => undefined,
      () => undefined, // the caller gets the error
    )
    underWay.add(settled)
    void settled.then(() => underWay.delete(settled))
    return work
  }

  return Object.freeze({
    topics: (wait: WaitOptions = {}) =>
      tracked(wait.signal, (signal) =>
        withTools(broker, { signal }, async ({ admin }) =>
          (await admin.listTopics()).filter((topic) => looksLikeDeadLetterTopic(topic)),
        ),
      ),
    count: (selection: LetterSelection, wait: WaitOptions = {}) =>
      tracked(wait.signal, (signal) => countLetters(selection, broker, { signal })),
    find: (selection: LetterSelection, wait: WaitOptions = {}) =>
      findLetters(selection, broker, { signal: joined(wait.signal) }),
    plan: (request: RedriveRequest, wait: WaitOptions = {}) =>
      tracked(wait.signal, (signal) => planRedrive(request, { broker, clock, ids, originTopics }, { signal })),
    run: (plan: RedrivePlan, run: RunRedriveOptions = {}) =>
      tracked(run.signal, (signal) => runRedrive(plan, needs, { ...run, signal })),
    discard: (plan: RedrivePlan, discard: DiscardOptions) =>
      tracked(discard.signal, (signal) => runDiscard(plan, needs, { ...discard, signal })),
    async close() {
      closing.abort(new RedriveError('the redrive was closed', { code: 'REDRIVE_CLOSED' }))
      await Promise.all(underWay)
    },
  })
}

/** For callers without types. */
function checkBroker({ broker }: { readonly broker?: unknown }): void {
  const isBroker =
    typeof broker === 'object' && broker !== null && typeof Reflect.get(broker, 'createReader') === 'function'
  if (!isBroker) {
    throw new ConfigurationError('createRedrive', ['broker: what createKafkaBroker or another adapter returns'])
  }
}
