import type { Random } from '@ledgerbus/core'
import type { Ownership } from '../group/ownership.ts'
import type { Turn } from '../lanes/turn.ts'
import type { Attempt, AttemptEnd } from '../pipeline/attempt.ts'
import { withinLimit } from '../pipeline/within-limit.ts'
import type { BatchBoundHandler } from '../subscription/bound-handler.ts'
import { type BatchCollector, createBatchCollector } from './batch-collector.ts'
import { callBatch, type CallBatchTools } from './call-batch.ts'

/** The collectors of a consumer: one a batch handler and ownership of a partition. */
export interface Batches {
  of(handler: BatchBoundHandler, turn: Turn): BatchCollector
  /** One attempt of a record that begun. */
  attempt(attempt: Attempt & { readonly handler: BatchBoundHandler }, turn: Turn): Promise<AttemptEnd>
}

export interface BatchesOptions extends CallBatchTools {
  readonly random: Random
}

export function createBatches(options: BatchesOptions): Batches {
  const { clock, random } = options
  const collectors = new WeakMap<Ownership, Map<BatchBoundHandler, BatchCollector>>()

  function of(handler: BatchBoundHandler, turn: Turn): BatchCollector {
    const ofPartition = collectors.get(turn.ownership) ?? new Map<BatchBoundHandler, BatchCollector>()
    collectors.set(turn.ownership, ofPartition)
    const known = ofPartition.get(handler)
    if (known !== undefined) return known
    const collector = createBatchCollector({
      handler,
      turn: turn.fork(),
      call: async (attempts, own) =>
        withinLimit(handler.limit, own, (giveUp) => callBatch(handler, attempts, own, options, giveUp), {
          kind: 'ended',
          end: { kind: 'left' },
        }),
      clock,
      random,
    })
    ofPartition.set(handler, collector)
    return collector
  }

  return {
    of,
    attempt: (attempt, turn) => of(attempt.handler, turn).attempt({ ...attempt, lane: turn.lane }, turn),
  }
}
