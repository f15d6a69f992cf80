import { distance } from 'fastest-levenshtein'

/** `; did you mean "payload"?` for the name that was probably meant, or nothing where none is near. */
export function didYouMean(name: string, names: Iterable<string>): string {
  const written = name.toLowerCase()
  let closest: string | undefined
  // Half of a short name, a third of a long one: more is another word.
  let fewest = Math.max(name.length / 3, Math.min(name.length, 4) / 2) + 0.01
  for (const candidate of names) {
    const edits = editsTo(candidate.toLowerCase(), written)
    if (edits < fewest) {
      fewest = edits
      closest = candidate
    }
  }
  return closest === undefined ? '' : `; did you mean "${closest}"?`
}

/** The beginning of a name is near to it, whatever is left away: `db_time` for `db_time_ms`. */
function editsTo(candidate: string, written: string): number {
  return written.length >= 3 && candidate.startsWith(written) ? 1 : distance(written, candidate)
}
