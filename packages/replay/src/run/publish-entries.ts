import {
  type AuditEntry,
  type BrokerAdmin,
  type Clock,
  createPace,
  type EventRegistry,
  isLedgerbusError,
  type Logger,
  type Pace,
  settledWithin,
  type WaitOptions,
} from '@ledgerbus/core'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import type { ReplaySource } from '../source/replay-source.ts'
import { encodeEntryError } from '../store/entry-error.ts'
import { createDueTimes, type DueEntries } from './due-times.ts'
import { messageOf, Stopped, Unreadable } from './failures.ts'
import { createLagGuard, type LagGuard } from './lag-guard.ts'
import { entryError, type PageItem, toPageItem } from './page-item.ts'
import { pagesOf } from './pages.ts'
import { positionBehind } from './position.ts'
import type { RateMeter } from './rate-meter.ts'
import { readAhead } from './read-ahead.ts'
import type { ReplayTransform } from './replay-transform.ts'
import type { ResolvedRunOptions } from './resolve-run-options.ts'
import { type Runner, Unwritable } from './runner.ts'
import { sleepUntil } from './sleep-until.ts'
import { tooLargeToTell } from './too-large-to-tell.ts'

/** What publishing needs. */
export interface PublishEntriesNeeds {
  readonly admin: BrokerAdmin
  readonly source: ReplaySource
  readonly events: EventRegistry | undefined
  readonly transform: ReplayTransform | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly runner: Runner
  readonly meter: RateMeter
  /** How many the topics had when the plan was made. */
  readonly partitions: ReadonlyMap<string, number>
  readonly settings: ResolvedRunOptions
  readonly tellProgress: (waitingFor?: string) => void
}

const maxPageBytes = 3_000_000
/** A sign of life while it waits: others see that it lives, and it sees whether somebody paused or cancelled it. */
const signEveryMs = 5_000
const lookAtLagEveryMs = 1_000
/** What may take a moment is done so long before entries are due: signs of life, questions about lag. */
const quietMs = 500
/** So long before they are due their transaction is opened: it holds nobody back before its first record. */
const openAheadMs = 50
/** Together some three minutes: as long as a server may take to come back. */
const maxFruitlessReads = 12
const longestReadPauseMs = 20_000

/**
 * Publishes all entries behind the runner's last checkpoint.
 *
 * @throws Displaced, Unwritable, Unreadable, Stopped, or the signal's reason
 */
export async function publishEntries(plan: ReplayPlan, needs: PublishEntriesNeeds, wait: WaitOptions): Promise<void> {
  const { source, clock, logger, runner, settings } = needs
  const pace = createPace(settings.ratePerSecond, clock)
  const guard = createLagGuard(plan, settings.maxLag, needs)
  const inParts = createDueTimes(settings, clock)
  const bounds = { maxRecords: Math.min(settings.maxInFlight, pace.burst), maxBytes: maxPageBytes }
  // Run again, a replay that stopped for its errors stops until more of them may be.
  requireFewErrors(needs)

  for (let fruitless = 0; ; fruitless += 1) {
    const reading = new AbortController()
    const signal = wait.signal === undefined ? reading.signal : AbortSignal.any([reading.signal, wait.signal])
    const read = source.read(plan.selection, runner.current.position, { signal })
    const pages = readAhead(pagesOf(read, bounds))
    try {
      for (;;) {
        const page = await living(nextOf(pages), needs, wait)
        if (page === undefined) return requireAll(plan, runner)
        for (const { entries, dueMs } of inParts(page)) {
          await turnOf(entries, dueMs, { ...needs, pace, guard }, wait)
          await settle(plan, { entries, dueMs }, needs, wait)
          fruitless = 0
        }
      }
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      wait.signal?.throwIfAborted()
      if (!isLedgerbusError(error.cause) || !error.cause.retriable || fruitless >= maxFruitlessReads) throw error
      logger.warn(
        { replayId: plan.replayId, error: messageOf(error.cause) },
        'reading broke off, going on behind the last page',
      )
    } finally {
      // What is being read has no reader any more.
      reading.abort(new Error('the reading ended'))
      await pages.return().catch(() => undefined)
    }
    await living(clock.sleep(Math.min(500 * 2 ** fruitless, longestReadPauseMs), wait), needs, wait)
  }
}

async function nextOf(pages: AsyncGenerator<AuditEntry[]>): Promise<AuditEntry[] | undefined> {
  try {
    const next = await pages.next()
    return next.done === true ? undefined : next.value
  } catch (error) {
    throw new Unreadable(error)
  }
}

/** Waits for something, with signs of life. */
async function living<Result>(
  work: Promise<Result>,
  { clock, runner, waitingFor }: Pick<PublishEntriesNeeds, 'clock' | 'runner'> & { readonly waitingFor?: string },
  wait: WaitOptions,
): Promise<Result> {
  for (;;) {
    const leftMs = Math.max(0, signEveryMs - runner.silentMs())
    const settled = await settledWithin(clock, leftMs, work)
    wait.signal?.throwIfAborted()
    if (settled) return await work
    await runner.say(waitingFor === undefined ? {} : { waitingFor }, wait)
  }
}

/** Until the rate lets the entries go, live records are not kept waiting behind them, and they are about to be due. */
async function turnOf(
  entries: readonly AuditEntry[],
  dueMs: number,
  needs: PublishEntriesNeeds & { readonly pace: Pace; readonly guard: LagGuard },
  wait: WaitOptions,
): Promise<void> {
  const { clock, pace, guard, tellProgress } = needs
  await living(sleepUntil(clock, dueMs - quietMs, wait), needs, wait)
  await living(pace.take(entries.length, wait), needs, wait)
  for (let behind = await guard.behind(wait); behind !== undefined; behind = await guard.behind(wait)) {
    tellProgress(behind)
    await living(clock.sleep(lookAtLagEveryMs, wait), { ...needs, waitingFor: behind }, wait)
  }
  await sleepUntil(clock, dueMs - openAheadMs, wait)
  wait.signal?.throwIfAborted()
}

/** Brings some entries to a certain end, with the word how far the run is. */
async function settle(
  plan: ReplayPlan,
  { entries, dueMs }: DueEntries,
  needs: PublishEntriesNeeds,
  wait: WaitOptions,
): Promise<void> {
  const { runner } = needs
  const first = doneBy(runner)
  if (first + entries.length > plan.summary.entries) throw mismatch(plan, runner, 'more')
  const making = { ...needs, plan }
  const items = entries.map((entry, index) => toPageItem(entry, making, { sequence: first + index }))
  await settleItems(plan, upToLimit(items, needs), needs, { ...wait, dueMs })
  needs.tellProgress()
}

/** Up to the first entry that fails beyond what may: those behind it are not published before somebody has looked. */
function upToLimit(
  items: readonly PageItem[],
  { runner, settings }: Pick<PublishEntriesNeeds, 'runner' | 'settings'>,
): readonly PageItem[] {
  let mayFail = settings.maxErrors - runner.current.failed
  const last = items.findIndex(({ kind }) => {
    if (kind === 'failed') mayFail -= 1
    return mayFail < 0
  })
  return last === -1 ? items : items.slice(0, last + 1)
}

/** @throws Stopped */
function requireFewErrors({ runner, settings }: Pick<PublishEntriesNeeds, 'runner' | 'settings'>): void {
  const { failed } = runner.current
  if (failed <= settings.maxErrors) return
  throw new Stopped(
    'REPLAY_TOO_MANY_ERRORS',
    `${failed} entries failed, more than the ${settings.maxErrors} that may; look at the list of errors, and let more fail only if they may`,
  )
}

async function settleItems(
  plan: ReplayPlan,
  items: readonly PageItem[],
  needs: PublishEntriesNeeds,
  wait: WaitOptions & { readonly dueMs: number },
): Promise<void> {
  const { source, clock, runner, meter } = needs
  const { replayId } = plan
  const { current } = runner
  const records = items.flatMap((item) => (item.kind === 'record' ? [item.addressed] : []))
  const errors = items.flatMap((item) => (item.kind === 'failed' ? [item.error] : []))
  const end = await runner.write(
    records,
    {
      published: current.published + records.length,
      failed: current.failed + errors.length,
      leftOut: current.leftOut + items.length - records.length - errors.length,
      position: positionBehind(
        current.position,
        items.map(({ entry }) => entry),
        source,
      ),
    },
    {
      ...wait,
      errors: errors.map((error, index) => encodeEntryError(replayId, current.failed + index, error, clock.nowMs())),
    },
  )
  if (end.kind === 'committed') {
    meter.add(items.length)
    requireFewErrors(needs)
    return
  }
  // One of them is larger than its topic takes: halves are tried, down to that one.
  const [only] = items
  if (items.length === 1 && only !== undefined) {
    // No record of it goes out: what is refused is the word about it, and any other word would be as large.
    if (only.kind !== 'record') {
      const { topic, partition, offset } = only.entry.record
      throw new Unwritable('failed', tooLargeToTell(`about ${topic}/${partition}/${offset}`, end.error))
    }
    const error = entryError(only.entry, end.error)
    await settleItems(plan, [{ kind: 'failed', entry: only.entry, error }], needs, wait)
    return
  }
  const middle = Math.ceil(items.length / 2)
  await settleItems(plan, items.slice(0, middle), needs, wait)
  await settleItems(plan, items.slice(middle), needs, wait)
}

function doneBy({ current }: Runner): number {
  return current.published + current.failed + current.leftOut
}

function requireAll(plan: ReplayPlan, runner: Runner): void {
  if (doneBy(runner) < plan.summary.entries) throw mismatch(plan, runner, 'fewer')
}

function mismatch(plan: ReplayPlan, runner: Runner, found: 'fewer' | 'more'): Stopped {
  return new Stopped(
    'REPLAY_COUNT_MISMATCH',
    `planned ${plan.summary.entries}, done with ${doneBy(runner)}: the source holds ${found} entries than were planned; look at its retention and at what was erased, then plan again`,
  )
}
