import { type ConsumerRecord, deadLetterTopicOf } from '@ledgerbus/core'
import type { Turn } from '../lanes/turn.ts'
import { recordFacts } from '../pipeline/record-facts.ts'
import type { Failure } from '../pipeline/record-end.ts'
import { type AppendTools, appendUntilStored } from './append-until-stored.ts'
import { type DeadLetterDetail, toDeadLetter } from './dead-letter-record.ts'
import type { ErrorFacts } from './error-facts.ts'

export interface DeadLetterWriterOptions extends AppendTools {
  readonly groupId: string
  readonly errorStacks: 'omit' | 'include'
}

/** Sets records aside. */
export interface DeadLetterWriter {
  /**
   * Writes until the dead letter is known to stand in Kafka, however long that takes. `false`: the wait was ended, by a drain or a lost partition, and the record
   * is not to be taken for done.
   *
   * @param source the topic where the record stood first
   */
  write(record: ConsumerRecord, source: string, failure: Failure, error: ErrorFacts, turn: Turn): Promise<boolean>
}

export function createDeadLetterWriter(options: DeadLetterWriterOptions): DeadLetterWriter {
  const { groupId, errorStacks, clock } = options

  return {
    async write(record, source, failure, error, turn) {
      let detail: DeadLetterDetail = errorStacks === 'include' ? 'full' : 'without-stack'
      const offset = await appendUntilStored(
        {
          topic: deadLetterTopicOf(source, groupId),
          // The same number: whoever reads the dead letters of a partition finds the order of each key again.
          partition: record.partition,
          record: () => toDeadLetter(record, { groupId, failure, error, nowMs: clock.nowMs(), detail }),
          facts: recordFacts(record, groupId),
          reason: 'dead-letter-not-stored',
          what: 'dead letter not stored',
          isMended(outcome) {
            const isTooLarge = outcome.kind === 'failed' && outcome.error.code === 'BROKER_RECORD_TOO_LARGE'
            const isMended = isTooLarge && detail !== 'short'
            if (isTooLarge) detail = 'short'
            return isMended
          },
        },
        turn,
        options,
      )
      return offset !== undefined
    },
  }
}
