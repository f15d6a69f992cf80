import {
  type BrokerProducer,
  backoffMs,
  type Clock,
  type ConsumerRecord,
  deadLetterTopicOf,
  type Logger,
  type Random,
  resolveRetryPolicy,
} from '@ledgerbus/core'
import type { Ownership } from '../group/ownership.ts'
import { waitUnless } from '../lanes/wait-unless.ts'
import { recordFacts } from '../pipeline/record-facts.ts'
import type { Failure } from '../pipeline/record-end.ts'
import { type DeadLetterDetail, toDeadLetter } from './dead-letter-record.ts'
import type { ErrorFacts } from './error-facts.ts'

export interface DeadLetterWriterOptions {
  readonly producer: BrokerProducer
  readonly groupId: string
  readonly errorStacks: 'omit' | 'include'
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Sets records aside. */
export interface DeadLetterWriter {
  /**
   * Writes until the dead letter is known to stand in Kafka, however long that takes. `false`: the wait was ended, by a drain or a lost partition, and the record
   * is not to be taken for done.
   */
  write(record: ConsumerRecord, failure: Failure, error: ErrorFacts, ownership: Ownership): Promise<boolean>
}

/** Waits between two writes; their number has no bound. */
const policy = resolveRetryPolicy({ initialDelayMs: 500, factor: 2, maxDelayMs: 30_000 })

export function createDeadLetterWriter(options: DeadLetterWriterOptions): DeadLetterWriter {
  const { producer, groupId, errorStacks, clock, random, logger } = options

  return {
    async write(record, failure, error, ownership) {
      const topic = deadLetterTopicOf(record.topic, groupId)
      let detail: DeadLetterDetail = errorStacks === 'include' ? 'full' : 'without-stack'
      for (let round = 1; ; round += 1) {
        const letter = toDeadLetter(record, { groupId, failure, error, nowMs: clock.nowMs(), detail })
        // The same number: whoever reads the dead letters of a partition finds the order of each key again.
        const outcome = await producer.append(topic, record.partition, [letter], { signal: ownership.over })
        if (outcome.kind === 'ok') return true
        // Aborted with the partition: whoever owns it now writes it.
        if (ownership.isOver()) return false
        const isTooLarge = outcome.kind === 'failed' && outcome.error.code === 'BROKER_RECORD_TOO_LARGE'
        if (isTooLarge && detail !== 'short') {
          detail = 'short'
          continue
        }
        logger.error(
          {
            ...recordFacts(record, groupId),
            deadLetterTopic: topic,
            round,
            outcome: outcome.kind,
            code: outcome.error.code,
            error: outcome.error.message,
          },
          // Writing again after an unknown outcome may store it twice; moving on could lose it.
          'dead letter not stored, written again; until then its key waits and the partition is not committed past it',
        )
        if (!(await waitUnless(clock, backoffMs(policy, Math.min(round, 16), random), ownership.hurry))) return false
      }
    },
  }
}
