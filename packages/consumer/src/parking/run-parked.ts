import type { ConsumerRecord } from '@ledgerbus/core'
import { ConsumerError } from '../consumer-error.ts'
import type { Turn } from '../lanes/turn.ts'
import type { Failure, RecordEnd } from '../pipeline/record-end.ts'
import type { BoundHandler } from '../subscription/bound-handler.ts'
import { markDead, type ParkTools } from './park.ts'
import type { ParkedKeys, ParkedRecord } from './parked-keys.ts'
import { readParked } from './parked-record.ts'

/** What a record on the parking topic needs besides its handler. */
export interface ParkedSteps {
  /** Not before it is due, and to the handler it is meant for. */
  readonly run: () => Promise<RecordEnd>
  readonly setAside: (failure: Failure) => Promise<RecordEnd>
  /** Of its name; `undefined` when it is gone. */
  readonly handler: BoundHandler | undefined
}

/** The way of a record on the parking topic: its lane keeps those of its key behind it, so the head is tried again in place. */
export async function runParked(
  record: ConsumerRecord,
  source: string,
  steps: ParkedSteps,
  turn: Turn,
  tools: ParkTools,
): Promise<RecordEnd> {
  const { keys } = tools.parking.of(source, record.partition)
  const read = readParked(record)
  // What stands before the mark was done before it, in its lane.
  if (read.kind === 'mark') return { kind: 'skipped', rule: 'parking-mark' }
  if (read.kind === 'stranger' || keys === undefined) return steps.run()
  const { parked } = read
  const end = await endOf(keys.read(parked, record.offset), parked, steps)
  const isMarked =
    end.kind !== 'dead-lettered' || (await markIfHeld(parked, keys, { record, source, steps }, turn, tools))
  if (end.kind === 'left' || !isMarked) return { kind: 'left' }
  keys.done(parked)
  return end
}

async function endOf(
  standing: ReturnType<ParkedKeys['read']>,
  parked: ParkedRecord,
  steps: ParkedSteps,
): Promise<RecordEnd> {
  switch (standing) {
    case 'twice':
      return { kind: 'skipped', rule: 'parked-twice' }
    case 'dead':
      // Its dead letter stands already: the mark was written after it.
      return { kind: 'dead-lettered' }
    case 'behind-dead':
      return steps.setAside(behindDead(steps.handler?.name ?? '', parked))
    case 'open':
      return steps.run()
  }
}

/** Those that wait behind a dead one are not to be handled, where its policy says so. `false`: that could not be said. */
async function markIfHeld(
  parked: ParkedRecord,
  keys: ParkedKeys,
  { record, source, steps }: { readonly record: ConsumerRecord; readonly source: string; readonly steps: ParkedSteps },
  turn: Turn,
  tools: ParkTools,
): Promise<boolean> {
  const { handler } = steps
  if (handler?.policy.onHeadDead !== 'hold' || !keys.hasUnmarkedBehind(parked, record.offset)) return true
  const offset = await markDead({ record, source, handler }, parked, turn, tools)
  if (offset !== undefined) keys.marked(parked, offset)
  return offset !== undefined
}

function behindDead(handlerName: string, { origin }: ParkedRecord): Failure {
  const message = `the record before it of its key is dead, and the policy of ${handlerName} holds those behind it (offset ${origin})`
  const error = new ConsumerError(message, { code: 'CONSUMER_HEAD_DEAD' })
  return { step: 'handle', reason: 'behind-dead-letter', handlerName, attempts: 0, error }
}
