import { describe, expect, it } from 'vitest'
import { treeLines } from './tree-lines.ts'

function drawn(...items: readonly (readonly [depth: number, name: string])[]): string {
  const lines = treeLines(
    items.map(([depth, name]) => ({ depth, name })),
    ({ name }) => name,
  )
  return lines.join('\n')
}

describe('a tree in lines', () => {
  it('shows what stands under what, and what comes next to it', () => {
    expect(drawn([0, 'a'], [1, 'b'], [2, 'c'], [2, 'd'], [1, 'e'], [2, 'f'], [0, 'g'])).toBe(
      ['a', '├─ b', '│  ├─ c', '│  └─ d', '└─ e', '   └─ f', 'g'].join('\n'),
    )
  })

  it('is as deep as its items', () => {
    const chain = Array.from({ length: 2_000 }, (_, depth) => [depth, 'x'] as const)
    expect(
      drawn(...chain)
        .split('\n')
        .at(-1),
    ).toHaveLength(1_999 * 3 + 1)
    expect(drawn()).toBe('')
  })
})
