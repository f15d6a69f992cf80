import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { huntBug } from './hunt-bug.ts'
import { plantBug } from './plant-bug.ts'
import { plantedBugs } from './planted-bugs.ts'

describe('planted bugs', () => {
  it('are twelve or more, each with a name of its own', () => {
    expect(plantedBugs.length).toBeGreaterThanOrEqual(12)
    expect(new Set(plantedBugs.map(({ name }) => name)).size).toBe(plantedBugs.length)
  })

  it.each(plantedBugs)('have a place in the source: $name', (bug) => {
    const source = readFileSync(new URL(`../../../${bug.file}`, import.meta.url), 'utf8')
    expect(plantBug(bug, source)).not.toBe(source)
  })

  it('that have lost their place are refused', () => {
    const bug = { name: 'gone', file: 'a.ts', find: 'a', replace: 'b' }
    expect(() => plantBug(bug, 'xyz')).toThrow(/0 times in a\.ts/)
    expect(() => plantBug(bug, 'a a')).toThrow(/2 times/)
  })

  it.each(plantedBugs)('are found by the simulator: $name', { timeout: 300_000 }, async (bug) => {
    expect(await huntBug(bug, 1_000)).toMatchObject({ found: expect.any(String) })
  })
})
