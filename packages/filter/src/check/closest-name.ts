import { distance } from 'fastest-levenshtein'

/** `; did you mean "payload"?` for the name that is the fewest edits away, or nothing where none is near. */
export function didYouMean(name: string, names: Iterable<string>): string {
  let closest: string | undefined
  // Half of a short name, a third of a long one: more is another word.
  let fewest = Math.max(name.length / 3, Math.min(name.length, 4) / 2) + 0.01
  const written = name.toLowerCase()
  for (const candidate of names) {
    const edits = distance(written, candidate.toLowerCase())
    if (edits < fewest) {
      fewest = edits
      closest = candidate
    }
  }
  return closest === undefined ? '' : `; did you mean "${closest}"?`
}
