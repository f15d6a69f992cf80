import {
  type BrokerAdmin,
  createPace,
  createTransactionalPages,
  type ProducerRecord,
  type TopicDescription,
} from '@ledgerbus/core'
import { type OriginHints, readDeadLetter } from '../letter/read-dead-letter.ts'
import { prepareLetterTopics } from '../letter-topic-specs.ts'
import { destinationOf, partitionFor } from '../plan/destination.ts'
import { decodeOffsets } from '../plan/offset-list.ts'
import type { RedrivePlan } from '../plan/redrive-plan.ts'
import { redrivePlanHash } from '../plan/redrive-plan-hash.ts'
import { hintsOf } from '../plan/redrive-request.ts'
import { readRecordsAt } from '../read-records.ts'
import { RedriveError } from '../redrive-error.ts'
import { failedGroups } from '../plan/seen-by.ts'
import type { LetterPlace } from '../state/letter-state.ts'
import type { SurveyTools } from '../survey/survey-topic.ts'
import { withTools } from '../with-tools.ts'
import { createFailingGuard } from './failing-guard.ts'
import { createNoteBook } from './note-book.ts'
import { createPageSize, cutIntoPages } from './page-size.ts'
import type { RedriveReport } from './redrive-report.ts'
import { toParkedLetter, toRedrivenRecord } from './redriven-record.ts'
import { type DiscardOptions, resolveRunOptions, type RunNeeds, type RunRedriveOptions } from './run-options.ts'
import { createPageSettler, type PageItem, type PageSettler } from './settle-page.ts'
import { createTally, type Tally } from './tally.ts'

/** Notes alone are small. */
const notesInPage = 500

/** One a dead-letter topic: of two runs over it the later goes on, and the earlier can publish nothing more. */
function transactionalIdOf(deadLetterTopic: string): string {
  return `ledgerbus-redrive-${deadLetterTopic}`
}

/** Publishes what a plan selects, page by page, and returns how it went. */
export async function runRedrive(
  plan: RedrivePlan,
  needs: RunNeeds,
  options: RunRedriveOptions = {},
): Promise<RedriveReport> {
  checkPlan(plan)
  if (plan.to === 'nowhere') {
    throw new RedriveError('the plan is for discarding alone; plan again without `to`', {
      code: 'REDRIVE_REQUEST_INVALID',
    })
  }
  const settings = resolveRunOptions(options)
  return await carryOut(plan, needs, options, async (run) => {
    const { notes, tally, tools, settler, wait } = run
    const { clock, logger } = needs
    const topics = await destinationTopics(plan, tools.admin)
    const waits = await hasMembers(plan, tools.admin)
    const guard = createFailingGuard({ ...settings, notes, tally, clock, logger, waits })
    const pace = createPace(settings.ratePerSecond, clock)
    const address = createAddressing(plan, topics, needs)
    const size = createPageSize()
    for (const { partition, offsets } of plan.selected) {
      const places = [...decodeOffsets(offsets)].map((offset): LetterPlace => ({ partition, offset }))
      for (let at = 0; at < places.length; ) {
        wait.signal?.throwIfAborted()
        const most = Math.min(size.letters, pace.burst, await guard.room(wait))
        const page = places.slice(at, at + most)
        at += page.length
        await pace.take(page.length, wait)
        const items = await address(tools, page, wait)
        size.read(items.flatMap((item) => recordOf(item) ?? []))
        for (const part of cutIntoPages(items, recordOf)) await settler.settle(part, wait)
        options.onProgress?.(tally.progress())
      }
    }
    await guard.rest(wait).catch((error: unknown) => {
      // Whoever ends the run now wants no more of what the group tells: everything is published.
      if (wait.signal?.aborted !== true || error !== wait.signal.reason) throw error
    })
  })
}

/** Notes that the letters of a plan are not to be redriven. Publishes nothing else and deletes nothing. */
export async function runDiscard(plan: RedrivePlan, needs: RunNeeds, options: DiscardOptions): Promise<RedriveReport> {
  checkPlan(plan)
  const { reason } = options
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > 500) {
    throw new RedriveError('discard: a reason of 1 to 500 characters', { code: 'REDRIVE_REQUEST_INVALID' })
  }
  return await carryOut(plan, needs, options, async ({ tally, settler, wait }) => {
    for (const { partition, offsets } of plan.selected) {
      const items = [...decodeOffsets(offsets)].map(
        (offset): PageItem => ({
          kind: 'ready',
          place: { partition, offset },
          status: 'discarded',
          // Both are discarded alike, so what it was does not matter.
          unnoted: plan.statuses.includes('pending') ? 'pending' : 'failed-again',
        }),
      )
      for (let at = 0; at < items.length; at += notesInPage) {
        wait.signal?.throwIfAborted()
        await settler.settle(items.slice(at, at + notesInPage), wait)
        options.onProgress?.(tally.progress())
      }
    }
  })
}

interface Run {
  readonly tools: SurveyTools
  readonly notes: ReturnType<typeof createNoteBook>
  readonly settler: PageSettler
  readonly tally: Tally
  readonly wait: { readonly signal?: AbortSignal }
}

async function carryOut(
  plan: RedrivePlan,
  needs: RunNeeds,
  options: { readonly signal?: AbortSignal; readonly reason?: string },
  work: (run: Run) => Promise<void>,
): Promise<RedriveReport> {
  const { broker, clock, random, logger } = needs
  const { signal, reason = plan.reason } = options
  const wait = signal === undefined ? {} : { signal }
  const { deadLetterTopic } = plan.source
  return await withTools(broker, wait, async (tools) => {
    const partitions = plan.selected.map(({ partition }) => partition)
    const notes = createNoteBook(tools, { deadLetterTopic, partitions, redriveId: plan.redriveId })
    const tally = createTally(plan, clock, notes.ended)
    if (plan.selected.length === 0) return tally.report('empty')
    const publisher = createTransactionalPages(broker, transactionalIdOf(deadLetterTopic))
    try {
      await prepareLetterTopics(tools.admin, await deadLetters(plan, tools.admin), {
        parks: plan.destinations.some(({ kind }) => kind === 'parked'),
      })
      // Whoever ran before is shut out from here on, so what is noted now changes by this run and the group alone.
      await publisher.open(wait)
      await notes.refresh(wait)
      const settler = createPageSettler({ plan, reason, notes, publisher, tally, clock, random, logger })
      await work({ tools, notes, settler, tally, wait })
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) return tally.report('interrupted')
      throw error
    } finally {
      await publisher.close()
    }
    const report = tally.report('completed')
    const { redriven, parked, discarded, skipped, failed } = report
    logger.info(
      { deadLetterTopic, redriveId: plan.redriveId, redriven, parked, discarded, skipped, failed },
      'redrive completed',
    )
    return report
  })
}

function checkPlan(plan: RedrivePlan): void {
  if (redrivePlanHash(plan) === plan.hash) return
  throw new RedriveError('the plan was altered after it was made; plan again', { code: 'REDRIVE_PLAN_ALTERED' })
}

async function deadLetters(plan: RedrivePlan, admin: BrokerAdmin): Promise<TopicDescription> {
  const { deadLetterTopic } = plan.source
  const [description] = await admin.describeTopics([deadLetterTopic])
  if (description === undefined) {
    throw new RedriveError(`there is no topic ${deadLetterTopic}`, { code: 'REDRIVE_TOPIC_UNKNOWN' })
  }
  const ends = new Map((await admin.topicOffsets(deadLetterTopic)).map(({ partition, end }) => [partition, end]))
  const isStale = plan.bounds.some(({ partition, end }) => (ends.get(partition) ?? -1n) < BigInt(end))
  if (!isStale) return description
  throw new RedriveError(`${deadLetterTopic} was deleted and made anew since it was planned; plan again`, {
    code: 'REDRIVE_PLAN_STALE',
  })
}

/** Partitions of the topics the plan names. A group's redrive topic is never made here: nobody would read it. */
async function destinationTopics(plan: RedrivePlan, admin: BrokerAdmin): Promise<ReadonlyMap<string, number>> {
  const found = await admin.describeTopics(plan.destinations.map(({ topic }) => topic))
  const partitions = new Map(found.map((topic) => [topic.name, topic.partitions]))
  const missing = plan.destinations.filter(({ topic }) => !partitions.has(topic)).map(({ topic }) => topic)
  if (missing.length === 0) return partitions
  throw new RedriveError(
    `${missing.join(', ')}: no such topic; a consumer of the group makes it when it starts. For a group that is not one of Ledgerbus, redrive to the origin`,
    { code: 'REDRIVE_LANE_UNKNOWN' },
  )
}

async function hasMembers(plan: RedrivePlan, admin: BrokerAdmin): Promise<boolean> {
  const failed = plan.seenBy.filter((group) => group.failed).map(({ groupId }) => groupId)
  return (await failedGroups(admin, failed)).some(({ members }) => members > 0)
}

function recordOf(item: PageItem): ProducerRecord | undefined {
  return item.kind === 'ready' ? item.addressed?.record : undefined
}

type Address = (tools: SurveyTools, page: readonly LetterPlace[], wait: Run['wait']) => Promise<PageItem[]>

/** Reads the letters of a page and says where each goes. */
function createAddressing(plan: RedrivePlan, topics: ReadonlyMap<string, number>, { clock }: RunNeeds): Address {
  const hints = hintsOf(plan.source)
  return async ({ reader }, page, wait) => {
    const partition = page[0]?.partition ?? 0
    const { deadLetterTopic } = plan.source
    const offsets = page.map(({ offset }) => offset)
    const records = await readRecordsAt(reader, { topic: deadLetterTopic, partition }, offsets, wait)
    return page.map((place) =>
      itemOf(plan, topics, { place, record: records.get(place.offset), hints, nowMs: clock.nowMs() }),
    )
  }
}

function itemOf(
  plan: RedrivePlan,
  topics: ReadonlyMap<string, number>,
  found: {
    readonly place: LetterPlace
    readonly record: Parameters<typeof readDeadLetter>[0] | undefined
    readonly hints: OriginHints
    readonly nowMs: number
  },
): PageItem {
  const { place, record, hints, nowMs } = found
  if (record === undefined) return { kind: 'failed', place, reason: 'it is gone: deleted, or expired' }
  const letter = readDeadLetter(record, hints)
  const to = destinationOf(letter, { ...plan, deadLetterTopic: plan.source.deadLetterTopic })
  const key =
    record.key === null ? {} : { key: `${letter.origin.topic}\n${Buffer.from(record.key).toString('latin1')}` }
  const partitions = to === undefined || to === 'nowhere' ? undefined : topics.get(to.topic)
  if (to === undefined || to === 'nowhere' || partitions === undefined) {
    return { kind: 'failed', place, reason: 'it does not say where it came from', ...key }
  }
  return {
    kind: 'ready',
    place,
    status: to.kind === 'parked' ? 'parked' : 'redriven',
    addressed: {
      topic: to.topic,
      partition: partitionFor(to.kind, letter.origin, record, partitions),
      record:
        to.kind === 'parked' ? toParkedLetter(record, nowMs) : toRedrivenRecord(letter, { plan, kind: to.kind, nowMs }),
    },
    unnoted: letter.redriveCount > 0 ? 'failed-again' : 'pending',
    ...key,
  }
}
