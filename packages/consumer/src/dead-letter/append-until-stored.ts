import {
  type BrokerProducer,
  backoffMs,
  type Clock,
  type Logger,
  type NotOk,
  type ProducerRecord,
  type Random,
  resolveRetryPolicy,
  type TopicPartition,
} from '@ledgerbus/core'
import type { Conditions } from '../activity/conditions.ts'
import type { Turn } from '../lanes/turn.ts'
import { waitUnless } from '../lanes/wait-unless.ts'

export interface AppendTools {
  readonly producer: BrokerProducer
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly conditions: Conditions
}

export interface Append extends TopicPartition {
  /** Made anew for each try. */
  readonly record: () => ProducerRecord
  /** For log lines. */
  readonly facts: Readonly<Record<string, unknown>>
  /** What did not succeed: a fixed word, and for people. */
  readonly reason: string
  readonly what: string
  /** After a failure: `true` to try again at once, with another record. */
  readonly isMended?: (failure: NotOk) => boolean
}

/** Waits between two tries; their number has no bound. */
const policy = resolveRetryPolicy({ initialDelayMs: 500, factor: 2, maxDelayMs: 30_000 })

/**
 * Appends a record until it is known to stand, however long that takes; the place where it stands. After an unknown outcome it may stand twice: moving on could lose
 * it. `undefined`: the wait was ended, by a drain or a lost partition, and nothing may be taken for done.
 */
export async function appendUntilStored(append: Append, turn: Turn, tools: AppendTools): Promise<bigint | undefined> {
  const { topic, partition, what } = append
  const { ownership } = turn
  let restore = (): void => undefined
  try {
    for (let round = 1; ; round += 1) {
      const outcome = await tools.producer.append(topic, partition, [append.record()], { signal: ownership.over })
      if (outcome.kind === 'ok') return outcome.baseOffset
      // Aborted with the partition: whoever owns it now writes it.
      if (ownership.isOver()) return undefined
      if (append.isMended?.(outcome) === true) continue
      const { code, message } = outcome.error
      restore()
      restore = tools.conditions.degrade({
        reason: append.reason,
        topic,
        partition,
        message: `${what}: ${code} ${message}`,
      })
      tools.logger.error(
        { ...append.facts, to: topic, round, outcome: outcome.kind, code, error: message },
        `${what}, written again; until then its key waits and the partition is not committed past it`,
      )
      // A rebalance does not wait for a topic that is away.
      turn.idle()
      const goesOn = await waitUnless(
        tools.clock,
        backoffMs(policy, Math.min(round, 16), tools.random),
        ownership.hurry,
      )
      turn.active()
      if (!goesOn) return undefined
    }
  } finally {
    restore()
  }
}
