import { distance } from 'fastest-levenshtein'

/** The name that was probably meant: the one fewest edits away, when less than a third of the letters differ. */
export function closestName(name: string, names: Iterable<string>): string | undefined {
  let closest: string | undefined
  let fewest = Math.max(name.length / 3, 1)
  for (const candidate of names) {
    const edits = distance(name, candidate)
    if (edits < fewest) {
      fewest = edits
      closest = candidate
    }
  }
  return closest
}
