import {
  type AddressedRecord,
  backoffMs,
  type Broker,
  type Clock,
  createTransactionalPages,
  isLedgerbusError,
  type LedgerbusError,
  type Logger,
  type NotOk,
  type Outcome,
  type ProducerRecord,
  type Random,
  resolveRetryPolicy,
  type TopicPartition,
  type WaitOptions,
} from '@ledgerbus/core'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import { type Checkpoint, encodeCheckpoint } from '../store/checkpoint.ts'
import type { ReplayStore } from '../store/replay-store.ts'
import { transactionalIdOf } from '../store/replay-topics.ts'
import { changeBetween, encodeChange } from '../store/state-change.ts'
import { sleepUntil } from './sleep-until.ts'

/** How the writing of a checkpoint, and of the records it tells of, ended. */
export type WriteEnd =
  | { readonly kind: 'committed' }
  /** Somebody else wrote in between: nothing of ours stands. */
  | { readonly kind: 'displaced'; readonly by: Checkpoint }
  /** One of the records is larger than its topic takes; nothing stands. */
  | { readonly kind: 'too-large'; readonly error: LedgerbusError }
  /** Given up after many tries. `unknown`: it may stand; whoever reads the last checkpoint next knows. */
  | NotOk

/** Options of a page. */
export interface WriteOptions extends WaitOptions {
  /** Records of the list of errors; they stand beside the checkpoint. */
  readonly errors?: readonly ProducerRecord[]
  /** When the records are due, on the monotonic clock: the transaction is opened at once, and they go out then. @default now */
  readonly dueMs?: number
}

/** Writes checkpoints of one replay, each together with the records it tells of. */
export interface CheckpointWriter {
  /** Shuts out whoever wrote before, and returns the last checkpoint that was committed: nothing changes it now but us. */
  open(wait?: WaitOptions): Promise<Checkpoint | undefined>
  /** Brings a page to a certain end. `checkpoint.step` is one more than that of the last. An abort ends the tries. */
  write(records: readonly AddressedRecord[], checkpoint: Checkpoint, options?: WriteOptions): Promise<WriteEnd>
  close(): Promise<void>
}

/** Waits between two tries of a page. */
const policy = resolveRetryPolicy({ initialDelayMs: 500, factor: 2, maxDelayMs: 10_000 })
/** Together with what the client waits itself about three minutes: as long as a broker may take to come back. */
const maxRounds = 20
/** How long whoever fenced us may take to say what for. */
const patienceMs = 15_000
const lookEveryMs = 200

/**
 * Beside a checkpoint that brings the replay into another state, or into other hands, stands the word that tells it, in the same transaction: whoever writes one cannot forget the other.
 *
 * After any doubt the producer is thrown away: starting its successor settles whether the page was committed, and the last checkpoint, read back, says so. Then the
 * page goes out again, or the run goes on.
 */
export function createCheckpointWriter(
  plan: Pick<ReplayPlan, 'replayId' | 'reason' | 'summary'>,
  needs: {
    readonly broker: Broker
    readonly store: ReplayStore
    readonly clock: Clock
    readonly random: Random
    readonly logger: Logger
  },
): CheckpointWriter {
  const { broker, store, clock, random, logger } = needs
  const { replayId } = plan
  const pages = createTransactionalPages(broker, transactionalIdOf(replayId))
  let place: TopicPartition | undefined
  let last: Checkpoint | undefined
  let isOpen = false

  async function open(wait: WaitOptions): Promise<Checkpoint | undefined> {
    isOpen = false
    place ??= await store.checkpointPlace(replayId)
    await pages.open(wait)
    last = await store.lastCheckpoint(replayId, wait)
    isOpen = true
    return last
  }

  /** Whoever fenced us says why a moment later. Nobody does: a standstill of ours outlasted the transaction, or whoever it was died first. */
  async function fencedBy(known: Checkpoint | undefined, wait: WaitOptions): Promise<Checkpoint | undefined> {
    const untilMs = clock.monotonicMs() + patienceMs
    while (clock.monotonicMs() < untilMs) {
      const found = await store.seenCheckpoint(replayId, wait)
      if (found !== undefined && found.step !== known?.step) return found
      await clock.sleep(lookEveryMs, wait)
    }
    return undefined
  }

  async function tryOnce(
    records: readonly AddressedRecord[],
    others: readonly ProducerRecord[],
    checkpoint: Checkpoint,
    untilDue: () => Promise<void>,
  ): Promise<Outcome> {
    const beside = [...others, encodeCheckpoint(checkpoint)].map((record) => ({ ...(place as TopicPartition), record }))
    const page = [...records, ...beside]
    return await pages.publish(page, {
      async whenOpen() {
        await untilDue()
        return [...stamped(records, clock.nowMs()), ...beside]
      },
    })
  }

  /** What became of it, told by the last checkpoint: ours, somebody else's, or neither. */
  function standing(
    checkpoint: Checkpoint,
    found: Checkpoint | undefined,
    before: Checkpoint | undefined,
  ): WriteEnd | undefined {
    if (found?.step === checkpoint.step && found.runner === checkpoint.runner && found.atMs === checkpoint.atMs) {
      return { kind: 'committed' }
    }
    return found === undefined || found.step === before?.step ? undefined : { kind: 'displaced', by: found }
  }

  async function write(
    records: readonly AddressedRecord[],
    checkpoint: Checkpoint,
    { errors = [], dueMs = clock.monotonicMs(), ...wait }: WriteOptions,
  ): Promise<WriteEnd> {
    const before = last
    const change = changeBetween(plan, before, checkpoint)
    const others = change === undefined ? errors : [...errors, encodeChange(change)]
    let inDoubt = false
    const untilDue = () => sleepUntil(clock, dueMs, wait)
    for (let round = 1; ; round += 1) {
      const outcome = isOpen ? await tryOnce(records, others, checkpoint, untilDue) : undefined
      if (outcome?.kind === 'ok') {
        last = checkpoint
        return { kind: 'committed' }
      }
      let trouble = outcome?.error
      if (outcome !== undefined) {
        inDoubt ||= outcome.kind === 'unknown'
        logger.warn(
          { replayId, round, outcome: outcome.kind, code: outcome.error.code, error: outcome.error.message },
          'page not confirmed; a new producer settles what became of it',
        )
        const isFenced = outcome.error.code === 'BROKER_TRANSACTION_FENCED'
        const found = isFenced ? await fencedBy(before, wait) : undefined
        const known = found && standing(checkpoint, found, before)
        if (known?.kind === 'displaced') return known
      }
      try {
        if (round > 1 || outcome?.error.retriable !== true) await clock.sleep(backoffMs(policy, round, random), wait)
        const found = await open(wait)
        const known = standing(checkpoint, found, before)
        if (known !== undefined) return known
        // Nothing of ours stands, for certain: what we knew before holds again.
        inDoubt = false
        if (outcome?.error.code === 'BROKER_RECORD_TOO_LARGE') return { kind: 'too-large', error: outcome.error }
        if (outcome?.kind === 'failed' && isHopeless(outcome.error)) return outcome
      } catch (error) {
        wait.signal?.throwIfAborted()
        if (!isLedgerbusError(error)) throw error
        trouble = error
        if (!error.retriable) return { kind: inDoubt ? 'unknown' : 'failed', error }
      }
      if (round >= maxRounds && trouble !== undefined) return { kind: inDoubt ? 'unknown' : 'failed', error: trouble }
    }
  }

  return {
    open: (wait = {}) => open(wait),
    write: (records, checkpoint, options = {}) => write(records, checkpoint, options),
    close: () => pages.close(),
  }
}

/** The records with the time at which they go out: Kafka's retention goes by it and would delete an old one at once, and the gaps of a run in the original speed are told by it. */
function stamped(records: readonly AddressedRecord[], nowMs: number): readonly AddressedRecord[] {
  const timestampMs = BigInt(Math.trunc(nowMs))
  return records.map(({ topic, partition, record }) => ({ topic, partition, record: { ...record, timestampMs } }))
}

/** Tried again it would be refused again: rights are missing, a topic is gone. */
function isHopeless({ retriable, outcome, code }: LedgerbusError): boolean {
  return (
    !retriable && outcome === 'failed' && code !== 'BROKER_TRANSACTION_FENCED' && code !== 'BROKER_TRANSACTION_UNUSABLE'
  )
}
