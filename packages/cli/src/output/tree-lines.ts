/** A tree from its items in order, each with how deep it stands: lines with branches in front. */
export function treeLines<Item extends { readonly depth: number }>(
  items: readonly Item[],
  text: (item: Item) => string,
): readonly string[] {
  // From the end, so that each item knows whether a sibling follows.
  const follows: boolean[] = []
  const lines: string[] = []
  for (const item of items.toReversed()) {
    const { depth } = item
    const branch = depth === 0 ? '' : follows[depth] === true ? '├─ ' : '└─ '
    const stems = Array.from({ length: Math.max(depth - 1, 0) }, (_, level) =>
      follows[level + 1] === true ? '│  ' : '   ',
    )
    lines.push(`${stems.join('')}${branch}${text(item)}`)
    follows.length = depth + 1
    follows[depth] = true
  }
  return lines.toReversed()
}
