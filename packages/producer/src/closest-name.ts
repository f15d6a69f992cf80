/** The name that was probably meant: the one fewest edits away, when less than a third of the letters differ. */
export function closestName(name: string, names: Iterable<string>): string | undefined {
  let closest: string | undefined
  let fewest = Math.max(name.length / 3, 1)
  for (const candidate of names) {
    const edits = editDistance(name, candidate)
    if (edits < fewest) {
      fewest = edits
      closest = candidate
    }
  }
  return closest
}

/** Levenshtein's distance: insertions, deletions and substitutions that turn one text into the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= to.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
