import {
  type AuditEntry,
  type AuditLogReader,
  type Broker,
  type Clock,
  createPace,
  isLedgerbusError,
  type Logger,
} from '@ledgerbus/core'
import { planHash } from '../plan/plan-hash.ts'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import { ReplayError } from '../replay-error.ts'
import { createPagePublisher, type PageOutcome, type PagePublisher } from './page-publisher.ts'
import { pagesOf } from './pages.ts'
import { decodeReplayCursor, type ReplayCursor } from './replay-cursor.ts'
import type { ReplayProgress, ReplayReport } from './replay-report.ts'
import { type ReplayedRecord, toReplayedRecord } from './replayed-record.ts'
import { createTally, type Tally } from './tally.ts'

/** How a plan is carried out. */
export interface RunReplayOptions {
  /** Most records a second, above 0. @default as fast as it goes */
  readonly ratePerSecond?: number
  /** Goes on behind this: the `resumeCursor` an earlier run of the same plan reported. @default from the beginning */
  readonly after?: string
  /** Called after every page. What it throws ends the run. */
  readonly onProgress?: (progress: ReplayProgress) => void
  /** Ends the run after the page in flight; the report then says `interrupted` and where to go on. */
  readonly signal?: AbortSignal
}

/** What running needs. */
export interface RunReplayNeeds {
  readonly broker: Broker
  readonly auditLog: AuditLogReader
  readonly clock: Clock
  readonly logger: Logger
}

/** Kafka's default limit of a batch is 1,048,588 bytes; the marks of a replay come on top of what was measured. */
const pageBounds = { maxRecords: 500, maxBytes: 750_000 } as const

/** Publishes what the plan selects, page by page, and returns how it went. Stops at the first page that is not confirmed. */
export async function runReplay(
  plan: ReplayPlan,
  needs: RunReplayNeeds,
  options: RunReplayOptions = {},
): Promise<ReplayReport> {
  checkPlan(plan)
  checkRate(options.ratePerSecond)
  const after = options.after === undefined ? undefined : cursorFor(plan, options.after)
  const tally = createTally(plan, needs.clock, after)
  if (plan.summary.entries === 0) return tally.report('empty')

  const publisher = createPagePublisher(needs.broker, plan.replayId)
  try {
    await publisher.start(options)
    await publishAll({ plan, needs, options, tally, publisher, after })
  } catch (error) {
    // The abort's own rejection, of the pace, the log or the broker: between pages, so nothing is in doubt.
    if (options.signal?.aborted === true && error === options.signal.reason) return tally.report('interrupted')
    throw error
  } finally {
    await publisher.close()
  }
  if (tally.missing() > 0 && options.signal?.aborted === true) return tally.report('interrupted')
  if (tally.missing() > 0) throw mismatch(tally, 'fewer')
  const report = tally.report('completed')
  needs.logger.info(
    { replayId: plan.replayId, published: report.published, planned: report.planned },
    'replay completed',
  )
  return report
}

function checkPlan(plan: ReplayPlan): void {
  if (planHash(plan) !== plan.hash) {
    throw new ReplayError('the plan was altered after it was made; plan again', { code: 'REPLAY_PLAN_ALTERED' })
  }
  const missing = [...(plan.groups.length === 0 ? ['groups'] : []), ...(plan.reason === '' ? ['reason'] : [])]
  if (missing.length > 0) {
    throw new ReplayError(
      `the plan can be looked at but not run: it names no ${missing.join(' and no ')}; plan again`,
      {
        code: 'REPLAY_PLAN_INCOMPLETE',
      },
    )
  }
}

function checkRate(ratePerSecond: number | undefined): void {
  if (ratePerSecond === undefined || (Number.isFinite(ratePerSecond) && ratePerSecond > 0)) return
  throw new ReplayError(`ratePerSecond: a number above 0, not ${ratePerSecond}`, { code: 'REPLAY_REQUEST_INVALID' })
}

function cursorFor(plan: ReplayPlan, text: string): ReplayCursor {
  const cursor = decodeReplayCursor(text)
  if (cursor.planHash === plan.hash) return cursor
  throw new ReplayError(
    'the cursor belongs to another plan; the same selection, bounds, groups and target are needed to go on behind it',
    { code: 'REPLAY_CURSOR_INVALID' },
  )
}

function mismatch(tally: Tally, found: 'fewer' | 'more'): ReplayError {
  const report = tally.report('stopped')
  return new ReplayError(
    `planned ${report.planned}, published ${report.publishedBefore + report.published}: the log holds ${found} entries than were planned; look at its retention, then plan again`,
    { code: 'REPLAY_COUNT_MISMATCH', report },
  )
}

interface Run {
  readonly plan: ReplayPlan
  readonly needs: RunReplayNeeds
  readonly options: RunReplayOptions
  readonly tally: Tally
  readonly publisher: PagePublisher
  readonly after: ReplayCursor | undefined
}

async function publishAll({ plan, needs, options, tally, publisher, after }: Run): Promise<void> {
  const { auditLog, clock } = needs
  const { signal } = options
  const wait = signal === undefined ? {} : { signal }
  const pace = createPace(options.ratePerSecond, clock)
  const partitions = await partitionCounts(plan, publisher)
  const maxRecords = Math.min(pageBounds.maxRecords, pace.burst)
  const from = after === undefined ? {} : { cursor: after.logCursor }
  const entries = readable(auditLog.read(plan.selection, { ...wait, order: 'partition', ...from }), tally, signal)

  for await (const page of pagesOf(entries, { ...pageBounds, maxRecords })) {
    await pace.take(page.length, wait)
    if (signal?.aborted === true) return
    if (page.length > tally.missing()) throw mismatch(tally, 'more')
    // No signal in here: what was begun is brought to a known end.
    const outcome = await publisher.publish(toRecords(page, { plan, partitions, first: tally.next(), clock }))
    const last = page.at(-1) as AuditEntry
    tally.add(outcome, () => auditLog.cursorOf(last, 'partition'))
    if (outcome.error !== undefined) throw pageError(outcome, tally.report('stopped'))
    options.onProgress?.(tally.progress())
  }
}

/** A topic deleted since the plan is found here, before the first record. */
async function partitionCounts(plan: ReplayPlan, publisher: PagePublisher): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const { name } of plan.topics) counts.set(name, await publisher.partitionCount(name))
  return counts
}

/** Reading errors become ours, with the report; an abort passes as it is. */
async function* readable(
  entries: AsyncIterable<AuditEntry>,
  tally: Tally,
  signal: AbortSignal | undefined,
): AsyncGenerator<AuditEntry> {
  try {
    for await (const entry of entries) {
      // Erased since the plan was made: the run then ends with fewer entries than planned, and says so.
      if (entry.reading.status !== 'erased') yield entry
    }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    const report = tally.report('stopped')
    throw new ReplayError(
      `${report.published} published for certain, none in doubt; then the audit log could not be read further: ${messageOf(error)}`,
      { code: 'REPLAY_READ_FAILED', retriable: isLedgerbusError(error) && error.retriable, cause: error, report },
    )
  }
}

function toRecords(
  page: readonly AuditEntry[],
  place: {
    readonly plan: ReplayPlan
    readonly partitions: ReadonlyMap<string, number>
    readonly first: number
    readonly clock: Clock
  },
): ReplayedRecord[] {
  const { plan, first } = place
  const nowMs = place.clock.nowMs()
  return page.map((entry, index) => {
    const topic = plan.target ?? entry.record.topic
    const partitions = place.partitions.get(topic)
    // The selection is bounded by the partitions the plan counted, so every topic of an entry is among the plan's.
    if (partitions === undefined) throw new TypeError(`topic ${topic} is not part of the plan`)
    return toReplayedRecord(entry, { plan, partitions, sequence: first + index, nowMs })
  })
}

function pageError({ error, unknown }: PageOutcome, report: ReplayReport): ReplayError {
  const certain = `${report.published} of ${report.planned - report.publishedBefore} published for certain`
  const cause = messageOf(error)
  return unknown > 0
    ? new ReplayError(`${certain}; the next ${unknown} may be there or not, their answer never came: ${cause}`, {
        code: 'REPLAY_PUBLISH_UNKNOWN',
        outcome: 'unknown',
        cause: error,
        report,
      })
    : new ReplayError(`${certain}, none in doubt; the next page was refused: ${cause}`, {
        code: 'REPLAY_PUBLISH_FAILED',
        retriable: error?.retriable ?? false,
        cause: error,
        report,
      })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
