import type { Replay, ReplayStatus } from '@ledgerbus/replay'
import type { Edge } from '../edge/edge.ts'
import { doneOf } from './done-of.ts'
import { silentForMs } from './status-view.ts'
import { watchFor } from './watch-for.ts'

/** How long a running replay is looked at. Since its beginning would count every pause as well. */
const lookMs = 1_000

/** A replay as it stands, and how fast it goes where it runs. */
export interface MeasuredStatus {
  readonly status: ReplayStatus
  /** Entries a second; absent where nothing was heard in time. */
  readonly ratePerSecond?: number
}

/** Looks at a replay for a moment. */
export async function measureRate(
  replay: Replay,
  first: ReplayStatus,
  edge: Pick<Edge, 'clock' | 'interrupted'>,
): Promise<MeasuredStatus> {
  if (first.state !== 'running' || silentForMs(first, edge.clock.nowMs()) !== undefined) return { status: first }
  let status = first
  for await (const next of watchFor(replay, first.replayId, lookMs, edge)) {
    status = next
    if (status.state !== 'running') return { status }
  }
  const ratePerSecond = rateBetween(first, status)
  return { status, ...(ratePerSecond !== undefined && { ratePerSecond }) }
}

/** Entries a second from one sign of life to another; `undefined` where they are the same. */
export function rateBetween(first: ReplayStatus, last: ReplayStatus): number | undefined {
  const ms = (last.lastSignMs ?? 0) - (first.lastSignMs ?? 0)
  return ms > 0 ? ((doneOf(last) - doneOf(first)) / ms) * 1_000 : undefined
}
