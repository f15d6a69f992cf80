import type { BrokerConsumerOptions, Clock, LedgerbusError, Logger, Random, TopicPartition } from '@ledgerbus/core'
import { type Backoff, backoffMs } from '../client/backoff.ts'
import type { Questions } from '../client/questions.ts'
import { offsetOutOfRange } from './consumer-error.ts'
import type { Ownership } from './ownership.ts'

export interface RangeGuardOptions {
  readonly groupId: string
  readonly policy: NonNullable<BrokerConsumerOptions['onOffsetOutOfRange']>
  readonly questions: Questions
  readonly problem: (error: LedgerbusError) => void
  /** Ends an ownership and begins another one of the same partition. */
  readonly renew: (ownership: Ownership) => void
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Decides about offsets that their partition does not hold (any more). In doubt a partition waits; nothing is jumped over in silence. */
export interface RangeGuard {
  /** Before the first fetch: the beginning lies below what the partition holds. */
  beginsBelow(
    ownership: Ownership,
    range: { readonly position: bigint; readonly low: bigint; readonly end: bigint },
  ): void
  /** The broker refused a fetch. The partition stops at once, then the broker is asked what it holds. */
  refused(ownership: Ownership): void
}

const backoff: Backoff = { firstMs: 200, mostMs: 10_000 }

export function createRangeGuard(options: RangeGuardOptions): RangeGuard {
  const { groupId, policy, questions, problem, renew, clock, random, logger } = options

  function readOnAtLow(
    partition: TopicPartition,
    facts: { readonly position: bigint; readonly low: bigint; readonly end: bigint },
  ): void {
    const { topic, partition: of } = partition
    logger.warn({ groupId, topic, partition: of, ...facts }, 'the offset is out of range, reading on at the earliest')
  }

  async function decide(ownership: Ownership): Promise<void> {
    const { topic, partition, signal } = ownership.epoch
    for (let failures = 1; !signal.aborted; failures += 1) {
      const { position } = ownership
      if (position === undefined) return
      try {
        const [range] = await questions.offsets([{ topic, partition }])
        // Sought elsewhere in the meantime.
        if (range === undefined || ownership.position !== position) return
        const { low, end } = range
        const isInside = position >= low && position <= end
        if (isInside && failures > 1) {
          ownership.fetchFrom(position)
        } else if (!isInside && policy === 'earliest') {
          readOnAtLow(ownership.epoch, { position, low, end })
          // Shorter than it was, or made anew: to whoever takes the records these offsets would be those of records already taken.
          if (low < position && ownership.hasRead) renew(ownership)
          else ownership.fetchFrom(low)
        } else if (!isInside) {
          problem(offsetOutOfRange(groupId, { topic, partition, position, low, end }))
        }
        if (!isInside || failures > 1) return
        // The refusal and the answer disagree, as they may while a leader changes: asked twice before it is believed.
      } catch (error) {
        logger.warn(
          { groupId, topic, partition, error },
          'the range of a partition could not be read, it will be tried again',
        )
      }
      await clock.sleep(backoffMs(backoff, failures, random), { signal }).catch(() => undefined)
    }
  }

  return {
    beginsBelow(ownership, range) {
      if (policy === 'earliest') {
        readOnAtLow(ownership.epoch, range)
        ownership.begin(range.low)
        return
      }
      ownership.stopOutOfRange()
      ownership.begin(range.position)
      const { topic, partition } = ownership.epoch
      problem(offsetOutOfRange(groupId, { topic, partition, ...range }))
    },
    refused(ownership) {
      ownership.stopOutOfRange()
      void decide(ownership)
    },
  }
}
