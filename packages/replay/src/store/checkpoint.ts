import type { PartitionStart, ProducerRecord } from '@ledgerbus/core'
import { ShapeMismatch } from '../plan/json-shape.ts'
import { ReplayError } from '../replay-error.ts'
import type { ReplayPace } from '../run/replay-pace.ts'
import type { ReplayCounts } from '../run/replay-report.ts'
import type { ReplayPosition } from '../source/replay-source.ts'
import type { ReplayState } from '../status/replay-status.ts'
import { paceShape } from './pace-shape.ts'

/** How far a replay is. Becomes visible together with the records it tells of. */
export interface Checkpoint extends ReplayCounts {
  readonly replayId: string
  readonly planHash: string
  readonly state: Exclude<ReplayState, 'planned'>
  /** Rises by one with each checkpoint of a replay: tells whether one that was never confirmed stands. */
  readonly step: number
  /** Behind the last entry that is done. */
  readonly position: ReplayPosition
  /** Who runs it, a name made for each run; absent where somebody changed the state from outside. */
  readonly runner?: string
  readonly by: string
  readonly note?: string
  /** What its runner waits for just now, and says so with its sign of life. */
  readonly waitingFor?: string
  /** Of the last run; stays while nobody runs it. Absent before the first. */
  readonly pace?: ReplayPace
  /** Whether the last run was given a yes to what the plan has to be confirmed for. */
  readonly confirmed?: true
  /** When its first run began; absent where there was none. */
  readonly startedAtMs?: number
  readonly atMs: number
}

type WireStart = readonly [cluster: string, topic: string, starts: readonly (readonly [number, string])[]]

interface WireCheckpoint extends Omit<Checkpoint, 'position' | 'pace'> {
  readonly schemaVersion: 1
  readonly pace?: unknown
  readonly position:
    | { readonly order: 'key'; readonly starts: readonly WireStart[] }
    | { readonly order: 'time'; readonly cursor?: string }
}

/** A checkpoint as a record of the checkpoint topic. */
export function encodeCheckpoint(checkpoint: Checkpoint): ProducerRecord {
  const { position, pace, ...rest } = checkpoint
  const wire: WireCheckpoint = {
    schemaVersion: 1,
    ...rest,
    ...(pace !== undefined && { pace: paceShape.encode(pace) }),
    position: position.order === 'key' ? { order: 'key', starts: toWireStarts(position.starts) } : position,
  }
  return {
    key: Buffer.from(checkpoint.replayId),
    value: Buffer.from(JSON.stringify(wire)),
    headers: [],
    timestampMs: BigInt(Math.trunc(checkpoint.atMs)),
  }
}

/** @throws ReplayError `REPLAY_STATE_UNREADABLE` for what no version of ours, or a later one, wrote */
export function decodeCheckpoint(value: Uint8Array): Checkpoint {
  const wire = parse(value)
  if (!isWire(wire)) throw unreadable()
  const { schemaVersion: _, position, pace, ...rest } = wire
  return {
    ...rest,
    ...(pace !== undefined && { pace: toPace(pace) }),
    position: position.order === 'key' ? { order: 'key', starts: position.starts.flatMap(toStarts) } : position,
  }
}

function unreadable(): ReplayError {
  return new ReplayError(
    'a checkpoint cannot be read: it was written by a later version, or by something else; run the version that wrote it',
    { code: 'REPLAY_STATE_UNREADABLE' },
  )
}

function toPace(json: unknown): ReplayPace {
  try {
    return paceShape.decode(json, 'pace')
  } catch (error) {
    throw error instanceof ShapeMismatch ? unreadable() : error
  }
}

/** Partitions of one topic together: a checkpoint is written with every page. */
function toWireStarts(starts: readonly PartitionStart[]): WireStart[] {
  const topics = new Map<string, WireStart & { readonly 2: [number, string][] }>()
  for (const { cluster, topic, partition, from } of starts) {
    const name = `${topic}\n${cluster}`
    let ofTopic = topics.get(name)
    if (ofTopic === undefined) {
      ofTopic = [cluster, topic, []]
      topics.set(name, ofTopic)
    }
    ofTopic[2].push([partition, from.toString()])
  }
  return [...topics.values()]
}

function toStarts([cluster, topic, starts]: WireStart): PartitionStart[] {
  return starts.map(([partition, from]) => ({ cluster, topic, partition, from: BigInt(from) }))
}

function parse(value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString('utf8'))
  } catch {
    return undefined // the caller's error says what it is not
  }
}

const states: readonly unknown[] = ['running', 'paused', 'completed', 'failed', 'cancelled']

function isWire(wire: unknown): wire is WireCheckpoint {
  if (typeof wire !== 'object' || wire === null) return false
  const { schemaVersion, replayId, planHash, state, step, published, failed, leftOut, position, startedAtMs, atMs } =
    wire as Partial<Record<keyof WireCheckpoint, unknown>>
  const counts = [step, published, failed, leftOut, startedAtMs ?? 0, atMs]
  return (
    schemaVersion === 1 &&
    typeof replayId === 'string' &&
    typeof planHash === 'string' &&
    states.includes(state) &&
    counts.every((count) => Number.isFinite(count)) &&
    isWirePosition(position)
  )
}

function isWirePosition(position: unknown): boolean {
  if (typeof position !== 'object' || position === null) return false
  const { order, cursor, starts } = position as Readonly<Record<string, unknown>>
  if (order === 'time') return cursor === undefined || typeof cursor === 'string'
  return order === 'key' && Array.isArray(starts) && starts.every(isWireStart)
}

function isWireStart(start: unknown): start is WireStart {
  if (!Array.isArray(start) || start.length !== 3) return false
  const [cluster, topic, pairs] = start as readonly unknown[]
  return (
    typeof cluster === 'string' &&
    typeof topic === 'string' &&
    Array.isArray(pairs) &&
    pairs.every(
      (pair: unknown) =>
        Array.isArray(pair) &&
        Number.isSafeInteger(pair[0]) &&
        typeof pair[1] === 'string' &&
        /^\d{1,19}$/u.test(pair[1]),
    )
  )
}
