import { type ConsumerRecord, parkingTopicOf, retryTopicOf } from '@ledgerbus/core'
import { type AppendTools, appendUntilStored } from '../dead-letter/append-until-stored.ts'
import { factsOf, type Redact } from '../dead-letter/error-facts.ts'
import type { Turn } from '../lanes/turn.ts'
import { recordFacts } from '../pipeline/record-facts.ts'
import type { Hop } from '../pipeline/retry.ts'
import type { BoundHandler } from '../subscription/bound-handler.ts'
import { toHop } from './hop-record.ts'

export interface HopWriterOptions extends AppendTools {
  readonly groupId: string
  readonly redact: Redact
}

/** Moves records to the group's retry topics. */
export interface HopWriter {
  /**
   * Writes until the record is known to stand there, in the partition of the same number; the place where it stands. `undefined`: the wait was ended, and the record is
   * not done here.
   */
  write(
    run: { readonly record: ConsumerRecord; readonly source: string; readonly handler: BoundHandler },
    hop: Hop,
    turn: Turn,
  ): Promise<bigint | undefined>
}

export function createHopWriter(options: HopWriterOptions): HopWriter {
  const { groupId, redact, clock } = options

  return {
    write({ record, source, handler }, { to, delayMs, step, attempts, error }, turn) {
      const topic = to === 'delay' ? retryTopicOf(source, groupId, delayMs) : parkingTopicOf(source, groupId)
      // From the failure on: a topic that is away for a while is no reason to wait longer.
      const dueAtMs = clock.nowMs() + delayMs
      const facts = { groupId, handlerName: handler.name, step, attempts, error: factsOf(error, redact), dueAtMs }
      return appendUntilStored(
        {
          topic,
          partition: record.partition,
          record: () => toHop(record, { ...facts, nowMs: clock.nowMs() }),
          facts: { ...recordFacts(record, groupId), handler: handler.name },
          reason: 'retry-not-stored',
          what: 'record not moved to its retry topic',
        },
        turn,
        options,
      )
    },
  }
}
