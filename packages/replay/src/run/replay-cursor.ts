import type { PartitionBound } from '@ledgerbus/core'
import { ReplayError } from '../replay-error.ts'

/**
 * Where an interrupted replay goes on. It carries the plan's bounds, so that another process makes the very same plan again, and
 * its hash, so that it fits no other one.
 */
export interface ReplayCursor {
  readonly planHash: string
  readonly published: number
  /** The audit log's own cursor, behind the last page published. */
  readonly logCursor: string
  readonly below: readonly PartitionBound[]
}

type WireBound = readonly [cluster: string, topic: string, partition: number, below: string]
type WireCursor = readonly [version: 1, planHash: string, published: number, logCursor: string, below: WireBound[]]

export function encodeReplayCursor({ planHash, published, logCursor, below }: ReplayCursor): string {
  const bounds = below.map((bound): WireBound => [bound.cluster, bound.topic, bound.partition, bound.below.toString()])
  const wire: WireCursor = [1, planHash, published, logCursor, bounds]
  return Buffer.from(JSON.stringify(wire)).toString('base64url')
}

/**
 * What the `resumeCursor` of a report holds: its `below` makes the same plan again.
 *
 * @throws ReplayError `REPLAY_CURSOR_INVALID` for a text that no run reported
 */
export function decodeReplayCursor(text: string): ReplayCursor {
  const wire = parse(text)
  if (!isWireCursor(wire)) {
    throw new ReplayError('the cursor is none of a replay; copy it whole from the report of the interrupted run', {
      code: 'REPLAY_CURSOR_INVALID',
    })
  }
  const [, planHash, published, logCursor, bounds] = wire
  return {
    planHash,
    published,
    logCursor,
    below: bounds.map(([cluster, topic, partition, below]) => ({ cluster, topic, partition, below: BigInt(below) })),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return undefined // not even JSON: the caller's error says what a cursor is
  }
}

function isWireCursor(wire: unknown): wire is WireCursor {
  if (!Array.isArray(wire) || wire.length !== 5) return false
  const [version, planHash, published, logCursor, bounds] = wire as readonly unknown[]
  return (
    version === 1 &&
    typeof planHash === 'string' &&
    Number.isSafeInteger(published) &&
    typeof logCursor === 'string' &&
    Array.isArray(bounds) &&
    bounds.every(isWireBound)
  )
}

function isWireBound(bound: unknown): bound is WireBound {
  if (!Array.isArray(bound) || bound.length !== 4) return false
  const [cluster, topic, partition, below] = bound as readonly unknown[]
  return (
    typeof cluster === 'string' &&
    typeof topic === 'string' &&
    Number.isSafeInteger(partition) &&
    typeof below === 'string' &&
    /^\d{1,19}$/u.test(below)
  )
}
