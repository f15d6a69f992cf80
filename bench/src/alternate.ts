/** One side of a comparison: does the same work as its peer and says how long the work took, in seconds. */
export type Contestant = () => Promise<number>

/** The runs of two contestants, taken in turn, so that a machine that slows down slows both. */
export interface Alternation {
  readonly ours: readonly number[]
  readonly peer: readonly number[]
  /** Peer's time over ours, pair by pair: above 1 we are faster. */
  readonly ratios: readonly number[]
}

/** Runs both in turn, the first pair as a warm-up that does not count; every other pair begins with the peer. */
export async function alternate(
  runs: number,
  ours: Contestant,
  peer: Contestant,
  progress: (text: string) => void,
): Promise<Alternation> {
  const taken: { readonly ours: number; readonly peer: number }[] = []
  for (let run = 0; run <= runs; run += 1) {
    let oursSeconds: number
    let peerSeconds: number
    if (run % 2 === 0) {
      oursSeconds = await ours()
      peerSeconds = await peer()
    } else {
      peerSeconds = await peer()
      oursSeconds = await ours()
    }
    const name = run === 0 ? 'warm-up' : `run ${run} of ${runs}`
    progress(`${name}: ours ${oursSeconds.toFixed(2)} s, peer ${peerSeconds.toFixed(2)} s`)
    if (run > 0) taken.push({ ours: oursSeconds, peer: peerSeconds })
  }
  return {
    ours: taken.map((pair) => pair.ours),
    peer: taken.map((pair) => pair.peer),
    ratios: taken.map((pair) => pair.peer / pair.ours),
  }
}

/** The middle value; of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  if (upper === undefined || lower === undefined) throw new RangeError('the median of nothing')
  return (upper + lower) / 2
}
