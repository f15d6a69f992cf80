import { type ConsumerRecord, decodeEnvelope, type Envelope } from '@ledgerbus/core'
import type { Turn } from '../lanes/turn.ts'
import type { BoundHandler } from '../subscription/bound-handler.ts'
import type { RecordEnd } from './record-end.ts'
import { type HandlerRun, type HandlerTools, runHandler } from './run-handler.ts'

export const notSubscribed: RecordEnd = { kind: 'skipped', rule: 'not-subscribed' }

/** All handlers of a record, one after the other; the record ends as the gravest of their ends says. */
export async function runInTurn(
  run: Omit<HandlerRun, 'handler'>,
  handlers: readonly BoundHandler[],
  turn: Turn,
  tools: HandlerTools,
): Promise<RecordEnd> {
  let end: RecordEnd | undefined
  for (const handler of handlers) {
    // The one before may have given the slot back.
    if (!(await turn.begin())) return { kind: 'left' }
    const handlerEnd = await runHandler({ ...run, handler }, turn, tools)
    if (handlerEnd.kind === 'left') return handlerEnd
    end = combine(end, handlerEnd)
  }
  return end ?? notSubscribed
}

/** An envelope nobody has touched: the first from the decoding already done, the next ones anew from the bytes. */
export function freshEnvelopes(record: ConsumerRecord, first: Envelope): () => Envelope {
  let isFirstTaken = false
  return () => {
    if (!isFirstTaken || record.value === null) {
      isFirstTaken = true
      return first
    }
    return decodeEnvelope(record.value)
  }
}

/** One handler set it aside: dead-lettered. Else one of them is to have it later. Else one handled it: handled. Else all skipped it: by the first one's rule. */
function combine(before: RecordEnd | undefined, end: RecordEnd): RecordEnd {
  const rank = { 'dead-lettered': 5, parked: 4, delayed: 3, handled: 2, skipped: 1, left: 0 }
  return before === undefined || rank[end.kind] > rank[before.kind] ? end : before
}
