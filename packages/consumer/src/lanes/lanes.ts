import type { ConsumerRecord } from '@ledgerbus/core'
import type { Ownership } from '../group/ownership.ts'
import type { RecordEnd } from '../pipeline/record-end.ts'
import type { SlotQueue } from './slots.ts'
import { createTurn, type Turn } from './turn.ts'
import type { TurnRegistry } from './turn-registry.ts'

export interface LanesOptions {
  readonly ownership: Ownership
  readonly slots: SlotQueue
  readonly turns: TurnRegistry
  /** Works on one record to its end; the turn's slot is held when it is called. Never rejects. */
  readonly work: (record: ConsumerRecord, turn: Turn) => Promise<RecordEnd>
  readonly onEnd: (record: ConsumerRecord, end: Exclude<RecordEnd, { readonly kind: 'left' }>) => void
}

/** The lanes of one partition: records of one key one after the other, in offset order; keys beside each other. */
export interface Lanes {
  /** In offset order. */
  add(record: ConsumerRecord): void
}

interface Lane {
  readonly records: ConsumerRecord[]
  /** A record was left: nothing behind it may run, or it would overtake. */
  isLeft: boolean
}

export function createLanes({ ownership, slots, turns, work, onEnd }: LanesOptions): Lanes {
  const lanes = new Map<string, Lane>()

  async function run(key: string, lane: Lane): Promise<void> {
    const turn = createTurn(ownership, slots)
    turns.opened(turn)
    for (let record = lane.records[0]; record !== undefined; record = lane.records[0]) {
      const end: RecordEnd = (await turn.begin()) ? await work(record, turn) : { kind: 'left' }
      turn.rest()
      if (end.kind === 'left') {
        lane.isLeft = true
        break
      }
      lane.records.shift()
      onEnd(record, end)
    }
    if (!lane.isLeft) lanes.delete(key)
    turns.ended(turn)
  }

  return {
    add(record) {
      const key = laneKey(record)
      const lane = lanes.get(key)
      if (lane === undefined) {
        const opened: Lane = { records: [record], isLeft: false }
        lanes.set(key, opened)
        void run(key, opened)
      } else {
        lane.records.push(record)
      }
    },
  }
}

const keyless = 'keyless'

/** Records without a key share the partition's own lane: nobody can tell which of them belong together. */
function laneKey({ key }: ConsumerRecord): string {
  // One character a byte, so that keys that are no text stay apart; the colon keeps them apart from the keyless.
  return key === null ? keyless : `:${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`
}
