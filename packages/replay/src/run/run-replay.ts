import {
  type Broker,
  type BrokerAdmin,
  type BrokerReader,
  type Clock,
  type Ids,
  isLedgerbusError,
  type Logger,
  type Random,
} from '@ledgerbus/core'
import { checkPremises } from '../plan/check-premises.ts'
import { checkRunnable } from '../plan/check-runnable.ts'
import { checkStrangers } from '../plan/check-strangers.ts'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import type { ReplayMeans } from '../plan/replay-request.ts'
import { ReplayError } from '../replay-error.ts'
import type { ReplaySource } from '../source/replay-source.ts'
import type { Checkpoint } from '../store/checkpoint.ts'
import type { ReplayStore } from '../store/replay-store.ts'
import { prepareReplayTopics } from '../store/replay-topics.ts'
import { createCheckpointWriter } from './checkpoint-writer.ts'
import { fenced, messageOf, publishFailed, readFailed, Stopped, Unreadable } from './failures.ts'
import { publishEntries } from './publish-entries.ts'
import { paceOf } from './pace-of.ts'
import { createRateMeter } from './rate-meter.ts'
import type { ReplayPause, ReplayReport } from './replay-report.ts'
import { resolveRunOptions } from './resolve-run-options.ts'
import type { RunReplayOptions } from './run-options.ts'
import { createRunner, Displaced, isLetGo, type Runner, Unwritable } from './runner.ts'

/** What running needs. */
export interface RunReplayNeeds {
  readonly broker: Broker
  readonly admin: BrokerAdmin
  readonly reader: BrokerReader
  readonly store: ReplayStore
  readonly source: ReplaySource
  /** What the process that runs it has at hand. */
  readonly means: ReplayMeans
  readonly clock: Clock
  readonly ids: Ids
  readonly random: Random
  readonly logger: Logger
}

/** How long a run that ends may take to say so. */
const farewellMs = 5_000
/** How often in a row a question may fail that passes, without a page in between: together some two minutes. */
const maxUnanswered = 12
const longestPauseMs = 15_000

/** Publishes what the plan selects, from where the last run of it was, and returns how it went. */
export async function runReplay(
  plan: ReplayPlan,
  needs: RunReplayNeeds,
  options: RunReplayOptions = {},
): Promise<ReplayReport> {
  const { broker, admin, reader, store, clock, ids, random, logger } = needs
  const { signal, by = plan.by } = options
  const wait = signal === undefined ? {} : { signal }
  const { replayId } = plan
  checkRunnable(plan, { ...needs.means, ...(options.confirmed === true && { confirmed: true as const }) })
  const settings = resolveRunOptions(options, plan)

  const writer = createCheckpointWriter(plan, { broker, store, clock, random, logger })
  const runner = createRunner(plan, writer, {
    name: ids.next(),
    by,
    pace: paceOf(settings),
    confirmed: options.confirmed === true,
    clock,
  })
  const meter = createRateMeter(clock)
  const startedAtMs = clock.monotonicMs()
  let publishedBefore: number | undefined
  /** Somebody paused and resumed it: until it is taken over again, nobody has it. */
  let isAdrift = false

  function report(state: ReplayReport['state']): ReplayReport {
    const { published, failed, leftOut } = runner.current
    return Object.freeze({
      replayId,
      planHash: plan.hash,
      state,
      planned: plan.summary.entries,
      published,
      failed,
      leftOut,
      publishedNow: published - (publishedBefore ?? published),
      durationMs: Math.round(clock.monotonicMs() - startedAtMs),
    })
  }

  function tellProgress(waitingFor?: string, paused?: ReplayPause): void {
    const { published, failed, leftOut } = runner.current
    options.onProgress?.({
      replayId,
      planned: plan.summary.entries,
      published,
      failed,
      leftOut,
      elapsedMs: Math.round(clock.monotonicMs() - startedAtMs),
      ratePerSecond: meter.ratePerSecond(),
      ...(waitingFor !== undefined && { waitingFor }),
      ...(paused && { paused }),
    })
  }

  /** Somebody else had the last word. @returns the report of a run that is over; `undefined`: it may go on */
  async function heed(last: Checkpoint): Promise<ReplayReport | undefined> {
    const { state, note } = last
    if (state === 'cancelled') return report('cancelled')
    if (isLetGo(last)) return undefined
    if (state !== 'paused') throw fenced(last.by === '' ? state : `${state}, ${last.by}`, report('failed'))
    logger.info({ replayId, by: last.by, note }, 'replay paused, waiting for it to be resumed')
    tellProgress('somebody to resume it', pauseOf(last))
    for await (const checkpoint of store.checkpointsFromNow(replayId, wait)) {
      if (checkpoint.state !== 'paused') return await heed(checkpoint)
    }
    return undefined
  }

  /**
   * Before anybody is shut out: a run that is refused must not have ended one that is under way. And again whenever it goes on: what it waited for, a pause or a broker, may have taken days.
   */
  async function askForPremises(): Promise<void> {
    for (const note of await checkPremises(plan, admin, reader, wait))
      logger.warn({ replayId, note }, 'a topic of the replay has changed')
    await checkStrangers(plan, admin, { ...needs.means, confirmed: options.confirmed }, wait)
    await prepareReplayTopics(admin)
  }

  async function publishRest(): Promise<ReplayReport> {
    await runner.takeOver(wait)
    isAdrift = false
    publishedBefore ??= runner.current.published
    const { events, transforms } = needs.means
    const transform = plan.transform === undefined ? undefined : transforms?.[plan.transform]
    const partitions = new Map(plan.topics.map((topic) => [topic.name, topic.partitions]))
    const publishing = { ...needs, runner, meter, partitions, settings, tellProgress, events, transform }
    await publishEntries(plan, publishing, wait)
    await runner.say({ state: 'completed' })
    return report('completed')
  }

  async function untilOver(): Promise<ReplayReport> {
    let unanswered = 0
    let displacedBy: Checkpoint | undefined
    for (;;) {
      const stepBefore = runner.current.step
      try {
        if (displacedBy !== undefined) {
          const over = await heed(displacedBy)
          if (over !== undefined) return over
          displacedBy = undefined
          isAdrift = true
        }
        await askForPremises()
        return await publishRest()
      } catch (error) {
        // One of its steps is the taking over itself.
        if (runner.current.step > stepBefore + 1) unanswered = 0
        if (isPassing(error) && unanswered < maxUnanswered) {
          wait.signal?.throwIfAborted()
          unanswered += 1
          logger.warn(
            { replayId, unanswered, error: messageOf(error) },
            'a question to Kafka failed, going on behind the last page',
          )
          await clock.sleep(Math.min(500 * 2 ** unanswered, longestPauseMs), wait)
          continue
        }
        if (!(error instanceof Displaced)) throw error
        // Told by whoever ended it, long ago: this run never had it.
        if (publishedBefore === undefined) refuseEnded(plan, error.by)
        displacedBy = error.by
      }
    }
  }

  try {
    const done = await untilOver()
    const { published, failed, leftOut, planned } = done
    logger.info({ replayId, state: done.state, published, failed, leftOut, planned }, 'replay ended')
    return done
  } catch (error) {
    // The abort's own rejection, of the pace, the log or the broker: between pages, or the next run settles what became of one.
    if (signal?.aborted === true && error === signal.reason) {
      const change = { state: 'paused', note: 'interrupted' } as const
      if (publishedBefore !== undefined)
        await sayGoodbye(runner, change, clock, isAdrift ? 'take over first' : 'at once')
      return report('interrupted')
    }
    const told = toldToCaller(error, report('failed'), publishedBefore === undefined ? 'not begun' : 'begun')
    // Whoever never had the replay has no last word on it, and would shut out whoever has it.
    if (publishedBefore !== undefined && !(error instanceof Unwritable) && !isOfOthers(told)) {
      const change = { state: 'failed', note: messageOf(told).slice(0, 500) } as const
      await sayGoodbye(runner, change, clock, isAdrift ? 'take over first' : 'at once')
    }
    throw told
  } finally {
    await writer.close()
  }
}

function toldToCaller(error: unknown, report: ReplayReport, how: 'begun' | 'not begun'): unknown {
  if (error instanceof Unreadable) return readFailed(error, report)
  if (error instanceof Unwritable) return publishFailed(error, report)
  if (error instanceof Stopped) return new ReplayError(error.message, { code: error.code, report })
  if (error instanceof ReplayError) {
    const { code, message } = error
    // What it relied on changed while it waited.
    const hasChanged = code === 'REPLAY_PREMISES_CHANGED' || code === 'REPLAY_NOT_CONFIRMED'
    return how === 'begun' && hasChanged ? new ReplayError(message, { code, report }) : error
  }
  // Kafka could not be asked, before the first page or when it was taken over again.
  return isLedgerbusError(error)
    ? new ReplayError(`${report.published} of ${report.planned} published for certain, then: ${error.message}`, {
        code: 'REPLAY_PUBLISH_FAILED',
        retriable: error.retriable,
        cause: error,
        report,
      })
    : error
}

function pauseOf({ by, note, atMs }: Checkpoint): ReplayPause {
  return { by, ...(note !== undefined && { note }), atMs }
}

/** A question to the broker that failed and may not fail again. What was written is settled elsewhere. */
function isPassing(error: unknown): boolean {
  return isLedgerbusError(error) && !(error instanceof ReplayError) && error.retriable
}

/** The last word is somebody else's, and stands. */
function isOfOthers(error: unknown): boolean {
  return error instanceof ReplayError && (error.code === 'REPLAY_FENCED' || error.code === 'REPLAY_ENDED')
}

function refuseEnded({ replayId }: ReplayPlan, last: Checkpoint): void {
  if (last.state !== 'completed' && last.state !== 'cancelled') return
  throw new ReplayError(`replay ${replayId} is ${last.state}; plan a new one to publish the range again`, {
    code: 'REPLAY_ENDED',
  })
}

/** The last word of a run, if Kafka takes it soon: without it the replay only looks as if its runner had been killed. */
async function sayGoodbye(
  runner: Runner,
  change: { readonly state: 'paused' | 'failed'; readonly note: string },
  clock: Clock,
  how: 'at once' | 'take over first',
): Promise<void> {
  const patience = new AbortController()
  const stop = clock.schedule(farewellMs, () => patience.abort(new Error('no answer in time')))
  const { signal } = patience
  try {
    if (how === 'take over first') await runner.takeOver({ signal })
    await runner.say(change, { signal })
  } catch {
    // It ends in any case, and its report is what the caller gets.
  } finally {
    stop()
  }
}
