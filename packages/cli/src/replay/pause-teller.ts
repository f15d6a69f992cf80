import type { ReplayProgress } from '@ledgerbus/replay'
import type { Edge } from '../edge/edge.ts'
import { printable } from '../output/printable.ts'
import { write } from '../output/write.ts'

/** Tells whoever runs a replay that somebody elsewhere paused it, once each time: also where the run waited already, for a group that lags behind. */
export function createPauseTeller({ stderr }: Pick<Edge, 'stderr'>): (progress: ReplayProgress) => void {
  let toldOfMs: number | undefined
  return ({ replayId, paused }) => {
    if (paused === undefined || paused.atMs === toldOfMs) return
    toldOfMs = paused.atMs
    const why = paused.note === undefined ? '' : ` (${paused.note})`
    const text = `paused by ${paused.by}${why}: waits until ledgerbus replay resume ${replayId}`
    // The run waits whether or not somebody reads this.
    write(stderr, `${printable(text)}\n`).catch(() => undefined)
  }
}
