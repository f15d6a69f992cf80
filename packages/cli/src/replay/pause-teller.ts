import type { Replay } from '@ledgerbus/replay'
import type { Edge } from '../edge/edge.ts'
import { printable } from '../output/printable.ts'
import { write } from '../output/write.ts'

/** Tells whoever runs a replay that somebody elsewhere paused it. */
export interface PauseTeller {
  /** A run that begins to wait may do so for a lagging group, too: only Kafka knows who paused it, and why. */
  waits(isWaiting: boolean): void
}

export function createPauseTeller(
  replay: Replay,
  replayId: string,
  { stderr, interrupted }: Pick<Edge, 'stderr' | 'interrupted'>,
): PauseTeller {
  let wasWaiting = false

  async function tell(): Promise<void> {
    const { state, by, note } = await replay.status(replayId, { signal: interrupted })
    if (state !== 'paused') return
    const why = note === undefined ? '' : ` (${note})`
    const text = `paused by ${by}${why}: waits until ledgerbus replay resume ${replayId}`
    await write(stderr, `${printable(text)}\n`)
  }

  return {
    waits(isWaiting) {
      // The run waits whether or not this is told.
      if (isWaiting && !wasWaiting) tell().catch(() => undefined)
      wasWaiting = isWaiting
    },
  }
}
