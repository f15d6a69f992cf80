import type { HandlerContext } from '@ledgerbus/consumer'
import type { Clock, Envelope, ErrorClass } from '@ledgerbus/core'
import type { Ledger } from '../ledger/create-ledger.ts'
import type { Fate } from './fate.ts'
import { hashOf } from './observe-broker.ts'

/** An event that says which key it is of, and the how-manieth of it. */
type Counted = Envelope & { readonly payload: { readonly after: { readonly key: string; readonly sequence: number } } }

export interface ActOptions {
  readonly ledger: Ledger
  readonly clock: Clock
  /** The ownership under which a record was delivered. */
  readonly epochOf: (record: HandlerContext['record']) => number
  readonly fateOf: (eventId: string) => Fate
  /** After each run. */
  readonly onRan?: () => void
}

class FatalFailure extends Error {}

/** How a member of a run tries again: what its fate calls fatal is set aside at once. */
export const fatefulRetry = {
  maxAttempts: 3,
  initialDelayMs: 50,
  maxDelayMs: 200,
  classify: (error: unknown): ErrorClass => (error instanceof FatalFailure ? 'fatal' : 'retry'),
}

/** A handler that does with an event what its fate says, and writes both ends of it into a ledger. */
export async function actOutFate(event: Counted, context: HandlerContext, options: ActOptions): Promise<unknown> {
  const { ledger, clock, epochOf, fateOf, onRan } = options
  const { record, attempt, signal } = context
  const { topic, partition } = record
  const run = { topic, partition, offset: Number(record.offset), epoch: epochOf(record), attempt }
  const { key, sequence } = event.payload.after
  ledger.add({ kind: 'run', ...run, event: event.eventId, key, sequence, hash: hashOf(record.value) })
  const ran = (result: 'handled' | 'skipped' | 'failed'): void => {
    ledger.add({ kind: 'ran', ...run, result, isAborted: signal.aborted })
    onRan?.()
  }

  const fate = fateOf(event.eventId)
  if (fate.takesMs > 0) await clock.sleep(fate.takesMs)
  switch (fate.kind) {
    case 'skipped':
      ran('skipped')
      return context.skip('by-fate')
    case 'fatal':
      ran('failed')
      throw new FatalFailure('it will never work')
    case 'hopeless':
      ran('failed')
      throw new Error('it does not work')
    case 'handled':
      if (attempt > fate.failures) return ran('handled')
      ran('failed')
      throw new Error('it does not work yet')
  }
}
