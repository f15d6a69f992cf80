import { distance } from 'fastest-levenshtein'

/** `; did you mean order.created?`, or nothing when no candidate is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const near = Math.max(2, Math.floor(name.length / 3))
  let best: { readonly candidate: string; readonly away: number } | undefined
  for (const candidate of candidates) {
    const away = distance(name, candidate)
    if (away <= near && (best === undefined || away < best.away)) best = { candidate, away }
  }
  return best === undefined ? '' : `; did you mean ${best.candidate}?`
}
