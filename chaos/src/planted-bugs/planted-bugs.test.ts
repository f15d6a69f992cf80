import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { huntBug } from './hunt-bug.ts'
import { plantBug } from './plant-bug.ts'
import { type PlantedBug, plantedBugs } from './planted-bugs.ts'

function readFile(file: string): string {
  return readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')
}

describe('planted bugs', () => {
  it('are twelve or more, each with a name of its own', () => {
    expect(plantedBugs.length).toBeGreaterThanOrEqual(12)
    expect(new Set(plantedBugs.map(({ name }) => name)).size).toBe(plantedBugs.length)
  })

  it.each(plantedBugs)('have their places in the source: $name', (bug) => {
    expect(plantBug(bug, readFile).size).toBeGreaterThan(0)
  })

  it('that have lost their place are refused', () => {
    const gone: PlantedBug = { name: 'gone', part: 'sink', changes: [{ file: 'a.ts', find: 'a', replace: 'b' }] }
    expect(() => plantBug(gone, () => 'xyz')).toThrow(/0 times in a\.ts/)
    expect(() => plantBug(gone, () => 'a a')).toThrow(/2 times in a\.ts/)
    expect(plantBug(gone, () => 'xaz')).toEqual(new Map([['a.ts', 'xbz']]))
  })

  it.each(plantedBugs)('are found by the simulator: $name', { timeout: 300_000 }, async (bug) => {
    expect(await huntBug(bug, 300)).toMatchObject({ found: expect.any(String) })
  })
})
