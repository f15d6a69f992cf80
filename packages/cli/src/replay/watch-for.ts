import type { Replay, ReplayStatus } from '@ledgerbus/replay'
import type { Edge } from '../edge/edge.ts'

/** What `watch` tells within some time; ends quietly when that is over. @throws the interruption */
export async function* watchFor(
  replay: Replay,
  replayId: string,
  patienceMs: number,
  { clock, interrupted }: Pick<Edge, 'clock' | 'interrupted'>,
): AsyncGenerator<ReplayStatus> {
  const patience = new AbortController()
  const cancel = clock.schedule(patienceMs, () => {
    patience.abort()
  })
  try {
    yield* replay.watch(replayId, { signal: AbortSignal.any([interrupted, patience.signal]) })
  } catch (error) {
    if (!patience.signal.aborted) throw error
  } finally {
    cancel()
  }
  interrupted.throwIfAborted()
}
