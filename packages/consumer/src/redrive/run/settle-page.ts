import {
  type AddressedRecord,
  backoffMs,
  type Clock,
  isLedgerbusError,
  type LedgerbusError,
  type Logger,
  type Outcome,
  type Random,
  resolveRetryPolicy,
  type TransactionalPages,
  type WaitOptions,
} from '@ledgerbus/core'
import { stateTopicOf } from '../letter-topics.ts'
import { isRedrivable } from '../plan/is-redrivable.ts'
import type { RedrivePlan } from '../plan/redrive-plan.ts'
import { RedriveError } from '../redrive-error.ts'
import { encodeLetterState, type LetterPlace, type LetterState, type NotedStatus } from '../state/letter-state.ts'
import type { NoteBook } from './note-book.ts'
import type { Tally } from './tally.ts'

/** A letter of a page, read and addressed. */
export type PageItem =
  | {
      readonly kind: 'ready'
      readonly place: LetterPlace
      readonly status: Extract<NotedStatus, 'redriven' | 'parked' | 'discarded'>
      /** Absent: nothing is published, the letter is only noted. */
      readonly addressed?: AddressedRecord
      /** Tells keys apart; absent: no key. */
      readonly key?: string
      /** A letter without a note is `failed-again` when it was redriven before. */
      readonly unnoted: 'pending' | 'failed-again'
    }
  | { readonly kind: 'failed'; readonly place: LetterPlace; readonly reason: string; readonly key?: string }

type ReadyItem = Extract<PageItem, { readonly kind: 'ready' }>

export interface SettlePageTools {
  readonly plan: RedrivePlan
  readonly reason: string | undefined
  readonly notes: NoteBook
  readonly publisher: TransactionalPages
  readonly tally: Tally
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Brings pages to a certain end. */
export interface PageSettler {
  /** @throws RedriveError `REDRIVE_PUBLISH_FAILED`, `REDRIVE_PUBLISH_UNKNOWN`, `REDRIVE_FENCED` */
  settle(page: readonly PageItem[], wait?: WaitOptions): Promise<void>
}

/** Waits between two tries of a page. */
const policy = resolveRetryPolicy({ initialDelayMs: 500, factor: 2, maxDelayMs: 10_000 })
const maxRounds = 6

/**
 * Records and notes of a page become visible together. After any doubt the producer is thrown away: starting its successor settles whether the page was
 * committed, and the notes, read back, say so. Then what is not noted goes out again.
 */
export function createPageSettler(tools: SettlePageTools): PageSettler {
  const { plan, notes, publisher, tally, clock, random, logger } = tools
  const deadLetterTopic = plan.source.deadLetterTopic
  /** A letter that could not go out holds back those of its key that come after it. */
  const heldKeys = new Set<string>()

  /** Drops what is decided by its note, and counts it. */
  function open(items: readonly ReadyItem[], inDoubt: boolean): ReadyItem[] {
    return items.filter((item) => {
      const { place, unnoted, key, status } = item
      const state = notes.stateOf(place)
      if (inDoubt && state?.redriveId === plan.redriveId) {
        // It went out after all. The group may have told its end already.
        tally.add(place, status)
        return false
      }
      if (!isRedrivable(unnoted, state, plan)) {
        tally.add(place, 'skipped', state === undefined ? unnoted : skipReason(state, plan))
        return false
      }
      if (key !== undefined && heldKeys.has(key)) {
        tally.add(place, 'skipped', 'an older letter of its key could not be redriven')
        return false
      }
      return true
    })
  }

  function fail(place: LetterPlace, key: string | undefined, reason: string): void {
    if (key !== undefined) heldKeys.add(key)
    tally.add(place, 'failed', reason)
  }

  async function publish(items: readonly ReadyItem[]): Promise<Outcome> {
    const atMs = clock.nowMs()
    const stateTopic = stateTopicOf(deadLetterTopic)
    const { reason } = tools
    const states = items.map(
      ({ status }): LetterState => ({
        status,
        redriveId: plan.redriveId,
        atMs,
        ...(reason !== undefined && { reason }),
      }),
    )
    const noted = items.map(
      ({ place }, index): AddressedRecord => ({
        topic: stateTopic,
        partition: place.partition,
        record: encodeLetterState(place, states[index] as LetterState),
      }),
    )
    const outcome = await publisher.publish([...items.flatMap(({ addressed }) => addressed ?? []), ...noted])
    if (outcome.kind !== 'ok') return outcome
    for (const [index, { place, status }] of items.entries()) {
      notes.noted(place, states[index] as LetterState)
      tally.add(place, status)
    }
    return outcome
  }

  /** A new producer, and the notes as its start left them. `undefined`: both are there. */
  async function reopen(wait: WaitOptions): Promise<LedgerbusError | undefined> {
    try {
      await publisher.open(wait)
      await notes.refresh(wait)
      return undefined
    } catch (error) {
      wait.signal?.throwIfAborted()
      if (isLedgerbusError(error) && error.retriable) return error
      throw error
    }
  }

  async function settleReady(items: readonly ReadyItem[], wait: WaitOptions): Promise<void> {
    let inDoubt = false
    let left = open(items, inDoubt)
    let isOpen = true
    for (let round = 1; left.length > 0; round += 1) {
      const outcome = isOpen ? await publish(left) : undefined
      if (outcome?.kind === 'ok') return
      if (outcome !== undefined) {
        inDoubt ||= outcome.kind === 'unknown'
        const isTooLarge = outcome.kind === 'failed' && outcome.error.code === 'BROKER_RECORD_TOO_LARGE'
        if (isTooLarge) return await settleApart(left, outcome.error, wait)
        throwIfHopeless(left, outcome, inDoubt)
        tell(outcome, left.length, round)
        if (round >= maxRounds) throw stopped(left, outcome.error, inDoubt)
      }
      try {
        await clock.sleep(backoffMs(policy, round, random), wait)
        const trouble = await reopen(wait)
        isOpen = trouble === undefined
        if (trouble !== undefined && round >= maxRounds) throw stopped(left, trouble, inDoubt)
      } catch (error) {
        if (wait.signal?.aborted === true) giveUp(left, inDoubt, 'interrupted')
        throw error
      }
      if (isOpen) left = open(left, inDoubt)
    }
  }

  /** One of them is larger than its topic takes: halves are tried, down to that one. */
  async function settleApart(items: readonly ReadyItem[], error: LedgerbusError, wait: WaitOptions): Promise<void> {
    const trouble = await reopen(wait)
    if (trouble !== undefined) throw stopped(items, trouble, false)
    const [only] = items
    if (items.length === 1 && only !== undefined) {
      fail(only.place, only.key, error.message)
      return
    }
    const middle = Math.ceil(items.length / 2)
    await settleReady(items.slice(0, middle), wait)
    await settleReady(items.slice(middle), wait)
  }

  function throwIfHopeless(
    items: readonly ReadyItem[],
    outcome: Exclude<Outcome, { kind: 'ok' }>,
    inDoubt: boolean,
  ): void {
    const { error } = outcome
    if (error.code === 'BROKER_TRANSACTION_FENCED') {
      giveUp(items, inDoubt, 'another run took over')
      throw new RedriveError(
        `another run over ${deadLetterTopic} took over, or this one stood still for too long; look at its letters, then run again`,
        { code: 'REDRIVE_FENCED', cause: error, report: tally.report('stopped') },
      )
    }
    if (outcome.kind === 'failed' && !error.retriable && error.outcome === 'failed')
      throw stopped(items, error, inDoubt)
  }

  function giveUp(items: readonly ReadyItem[], inDoubt: boolean, reason: string): void {
    for (const { place } of items) tally.add(place, inDoubt ? 'unknown' : 'failed', reason)
  }

  function stopped(items: readonly ReadyItem[], cause: LedgerbusError, inDoubt: boolean): RedriveError {
    giveUp(items, inDoubt, cause.message)
    const report = tally.report('stopped')
    const certain = `${report.redriven + report.parked + report.discarded} of ${report.planned} done for certain`
    return inDoubt
      ? new RedriveError(
          `${certain}; the next ${items.length} may be there or not, their answer never came: ${cause.message}`,
          { code: 'REDRIVE_PUBLISH_UNKNOWN', outcome: 'unknown', retriable: true, cause, report },
        )
      : new RedriveError(`${certain}, none in doubt; the next page was refused: ${cause.message}`, {
          code: 'REDRIVE_PUBLISH_FAILED',
          retriable: cause.retriable,
          cause,
          report,
        })
  }

  function tell(outcome: Exclude<Outcome, { kind: 'ok' }>, letters: number, round: number): void {
    const { code, message } = outcome.error
    logger.warn(
      { deadLetterTopic, redriveId: plan.redriveId, letters, round, outcome: outcome.kind, code, error: message },
      'page not confirmed; a new producer settles what became of it, then what is missing goes out again',
    )
  }

  return {
    async settle(page, wait = {}) {
      const ready: ReadyItem[] = []
      for (const item of page) {
        if (item.kind === 'ready') ready.push(item)
        else fail(item.place, item.key, item.reason)
      }
      await settleReady(ready, wait)
    },
  }
}

function skipReason({ status, redriveId }: LetterState, plan: RedrivePlan): string {
  if (redriveId === plan.redriveId) return `${status} by this run before`
  return status === 'failed-again' ? 'failed again; its successor stands in the topic of its group' : status
}
