import type { ConsumerRecord } from '@ledgerbus/core'
import { ConsumerError } from '../consumer-error.ts'
import type { Turn } from '../lanes/turn.ts'
import type { Failure, RecordEnd } from '../pipeline/record-end.ts'
import type { BoundHandler } from '../subscription/bound-handler.ts'
import { markDead, type ParkTools } from './park.ts'
import type { ParkedRecord } from './parked-keys.ts'
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
  const end = await endOf()
  if (end.kind !== 'left') keys.done(parked)
  return end

  async function endOf(): Promise<RecordEnd> {
    switch (keys?.read(parked, record.offset)) {
      case 'twice':
        return { kind: 'skipped', rule: 'parked-twice' }
      case 'dead':
        // Its dead letter stands already: the mark was written after it.
        return { kind: 'dead-lettered' }
      case 'behind-dead':
        return steps.setAside(behindDead(steps.handler?.name ?? '', parked))
    }
    const end = await steps.run()
    const { handler } = steps
    const holds = end.kind === 'dead-lettered' && handler?.policy.onHeadDead === 'hold'
    if (!holds || keys?.hasBehind(parked) !== true) return end
    const offset = await markDead({ record, source, handler }, parked, turn.ownership, tools)
    if (offset === undefined) return { kind: 'left' }
    keys.marked(parked, offset)
    return end
  }
}

function behindDead(handlerName: string, { origin }: ParkedRecord): Failure {
  const message = `the record before it of its key is dead, and the policy of ${handlerName} holds those behind it (offset ${origin})`
  const error = new ConsumerError(message, { code: 'CONSUMER_HEAD_DEAD' })
  return { step: 'handle', reason: 'behind-dead-letter', handlerName, attempts: 0, error }
}
