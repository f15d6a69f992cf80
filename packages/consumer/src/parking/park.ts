import { type ConsumerRecord, parkingTopicOf, type ProducerRecord } from '@ledgerbus/core'
import { type AppendTools, appendUntilStored } from '../dead-letter/append-until-stored.ts'
import { factsOf, type Redact } from '../dead-letter/error-facts.ts'
import { parkedKeyOf } from '../lanes/lane-key.ts'
import type { Turn } from '../lanes/turn.ts'
import type { RecordEnd } from '../pipeline/record-end.ts'
import { recordFacts } from '../pipeline/record-facts.ts'
import type { Hop } from '../pipeline/retry.ts'
import { toFollower, toHeadDeadMark, toHop } from '../retry-topics/hop-record.ts'
import type { BoundHandler } from '../subscription/bound-handler.ts'
import type { ParkedRecord } from './parked-keys.ts'
import type { Parking, ParkingPlace } from './parking.ts'

export interface ParkTools extends AppendTools {
  readonly groupId: string
  readonly redact: Redact
  readonly parking: Parking
}

/** A record that goes to one handler, and the topic where it stood first. */
export interface Parkable {
  readonly record: ConsumerRecord
  readonly source: string
  readonly handler: BoundHandler
}

const parked: RecordEnd = { kind: 'parked' }
const left: RecordEnd = { kind: 'left' }

/** Parks a record behind another of its key, unhandled; `undefined` when its key is free. Known at once where it is not parked. */
export function parkBehind(
  run: Parkable,
  turn: Turn,
  tools: ParkTools,
): RecordEnd | undefined | Promise<RecordEnd | undefined> {
  const place = tools.parking.of(run.source, run.record.partition)
  const known = place.keys?.get(parkedKeyOf(run.handler.name, run.record.key))
  if (place.keys !== undefined && known === undefined) return undefined
  return parkKnown(run, place, turn, tools)
}

async function parkKnown(
  run: Parkable,
  place: ParkingPlace,
  turn: Turn,
  tools: ParkTools,
): Promise<RecordEnd | undefined> {
  const { record, source, handler } = run
  if (place.keys === undefined && !(await untilKnown(run, place, turn, tools))) return left
  const known = place.keys?.get(parkedKeyOf(handler.name, record.key))
  if (known === undefined) return undefined
  // It came again: it stands there, or was done before the head of its key failed.
  if (record.offset <= known.highest) return parked
  const { groupId, clock } = tools
  const behind = `${source}/${record.partition}/${known.head}`
  const toRecord = (): ProducerRecord =>
    toFollower(record, { groupId, handlerName: handler.name, nowMs: clock.nowMs(), behind })
  return append(run, toRecord, turn, tools)
}

/** Partition p of a topic and of its parking topic belong to one member: this is a matter of moments, or of members that do not read the same topics. */
async function untilKnown(
  { record, source }: Parkable,
  place: ParkingPlace,
  turn: Turn,
  tools: ParkTools,
): Promise<boolean> {
  const topic = parkingTopicOf(source, tools.groupId)
  const { partition } = record
  const message = `this member does not own ${topic}/${partition} and cannot know which keys are parked there; records that could belong behind them wait`
  const restore = tools.conditions.degrade({ reason: 'parked-keys-unknown', topic, partition, message })
  try {
    return await turn.idleUntil(() => place.ready(turn.ownership.hurry))
  } finally {
    restore()
  }
}

/** Parks a record that failed; from now on later records of its key join it. */
export async function parkHead(run: Parkable, hop: Hop, turn: Turn, tools: ParkTools): Promise<RecordEnd> {
  const { record, handler } = run
  const { groupId, clock, redact } = tools
  const { step, attempts, delayMs } = hop
  const dueAtMs = clock.nowMs() + delayMs
  const error = factsOf(hop.error, redact)
  const facts = { groupId, handlerName: handler.name, step, attempts, error, dueAtMs, parkedOffset: record.offset }
  return append(run, () => toHop(record, { ...facts, nowMs: clock.nowMs() }), turn, tools)
}

/** Says on the parking topic that a record is dead, and that what waits behind it now is not to be handled; the place where that stands. */
export async function markDead(
  run: Parkable,
  dead: ParkedRecord,
  turn: Turn,
  tools: ParkTools,
): Promise<bigint | undefined> {
  const { record, source, handler } = run
  const { groupId, clock } = tools
  const coordinates = `${source}/${record.partition}/${dead.origin}`
  const toRecord = (): ProducerRecord =>
    toHeadDeadMark(record, { groupId, handlerName: handler.name, nowMs: clock.nowMs(), dead: coordinates })
  return store(run, toRecord, turn, tools)
}

async function append(run: Parkable, toRecord: () => ProducerRecord, turn: Turn, tools: ParkTools): Promise<RecordEnd> {
  const { record, source, handler } = run
  turn.rest()
  const place = tools.parking.of(source, record.partition)
  const mine = { key: parkedKeyOf(handler.name, record.key), origin: record.offset }
  const keys = place.keys
  // Before it stands there: it may be read, and be done, before this member hears that it does.
  keys?.add(mine)
  const appended = place.appending()
  const offset = await store(run, toRecord, turn, tools)
  if (offset === undefined) keys?.undo(mine)
  appended(offset)
  return offset === undefined ? left : parked
}

function store(
  { record, source, handler }: Parkable,
  toRecord: () => ProducerRecord,
  turn: Turn,
  tools: ParkTools,
): Promise<bigint | undefined> {
  return appendUntilStored(
    {
      topic: parkingTopicOf(source, tools.groupId),
      partition: record.partition,
      record: toRecord,
      facts: { ...recordFacts(record, tools.groupId), handler: handler.name },
      reason: 'retry-not-stored',
      what: 'record not moved to where its key is parked',
    },
    turn,
    tools,
  )
}
