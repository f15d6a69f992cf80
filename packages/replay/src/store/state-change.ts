import type { ProducerRecord } from '@ledgerbus/core'
import {
  booleanShape,
  countShape,
  type JsonShape,
  numberShape,
  objectOf,
  oneOf,
  optional,
  ShapeMismatch,
  textShape,
} from '../plan/json-shape.ts'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import { ReplayError } from '../replay-error.ts'
import type { ReplayPace } from '../run/replay-pace.ts'
import type { ReplayCounts } from '../run/replay-report.ts'
import type { Checkpoint } from './checkpoint.ts'
import { paceShape } from './pace-shape.ts'
import { changeKey } from './replay-keys.ts'

/** That a replay came into another state, or into other hands. Written once, beside the checkpoint that does it, and never again: the next checkpoint takes the place of that one, not of this. */
export interface StateChange extends ReplayCounts {
  readonly replayId: string
  readonly planHash: string
  /** Entries of the plan. */
  readonly planned: number
  /** The plan's. */
  readonly reason: string
  readonly state: Checkpoint['state']
  readonly step: number
  readonly atMs: number
  readonly by: string
  readonly note?: string
  /** The name of the run; absent where somebody changed the state from outside. */
  readonly runner?: string
  /** Of a run that begins, or goes on. */
  readonly pace?: ReplayPace
  /** Whether that run was given a yes to what the plan has to be confirmed for. */
  readonly confirmed?: boolean
}

const changeShape = objectOf<StateChange>({
  replayId: textShape,
  planHash: textShape,
  planned: countShape,
  reason: textShape,
  state: oneOf(['running', 'paused', 'completed', 'failed', 'cancelled']),
  step: countShape,
  atMs: numberShape,
  by: textShape,
  note: optional(textShape),
  runner: optional(textShape),
  published: countShape,
  failed: countShape,
  leftOut: countShape,
  pace: optional(paceShape),
  confirmed: optional(booleanShape),
})

const wireShape: JsonShape<{ readonly schemaVersion: 1; readonly change: StateChange }> = objectOf<{
  readonly schemaVersion: 1
  readonly change: StateChange
}>({
  schemaVersion: {
    encode: (version) => version,
    decode(json, path) {
      if (json === 1) return json
      throw new ShapeMismatch(path, 'one that this version knows')
    },
  },
  change: changeShape,
})

/** What changes with a checkpoint; `undefined`: only how far it is, or that its runner lives. */
export function changeBetween(
  { reason, summary }: Pick<ReplayPlan, 'reason' | 'summary'>,
  before: Checkpoint | undefined,
  next: Checkpoint,
): StateChange | undefined {
  const { replayId, planHash, state, step, atMs, by, note, runner, published, failed, leftOut } = next
  if (before?.state === state && before.by === by && before.runner === runner) return undefined
  const isRun = state === 'running' && runner !== undefined
  return {
    ...{ replayId, planHash, planned: summary.entries, reason, state, step, atMs, by },
    ...(note !== undefined && { note }),
    ...(runner !== undefined && { runner }),
    ...{ published, failed, leftOut },
    ...(isRun && next.pace !== undefined && { pace: next.pace }),
    ...(isRun && { confirmed: next.confirmed === true }),
  }
}

/** A change as a record of the checkpoint topic. */
export function encodeChange(change: StateChange): ProducerRecord {
  return {
    key: changeKey(change.replayId, change.step),
    value: Buffer.from(JSON.stringify(wireShape.encode({ schemaVersion: 1, change }))),
    headers: [],
    timestampMs: BigInt(Math.trunc(change.atMs)),
  }
}

/** @throws ReplayError `REPLAY_STATE_UNREADABLE` for what no version of ours, or a later one, wrote */
export function decodeChange(value: Uint8Array): StateChange {
  try {
    return wireShape.decode(JSON.parse(Buffer.from(value).toString('utf8')), '').change
  } catch (cause) {
    if (!(cause instanceof ShapeMismatch || cause instanceof SyntaxError)) throw cause
    throw new ReplayError(
      `a change of state cannot be read: ${cause.message}; it was written by a later version, or by something else`,
      { code: 'REPLAY_STATE_UNREADABLE', cause },
    )
  }
}
