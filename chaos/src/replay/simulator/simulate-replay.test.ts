import { describe, expect, it } from 'vitest'
import { simulateReplay } from './simulate-replay.ts'

describe('simulated replays', () => {
  it('give each planned entry once, in its order, whatever happens to their runners', async () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const { report } = await simulateReplay({ seed, events: 120, faults: 8 })
      expect(report.examples, `pnpm simulate replay --seed ${seed} --seeds 1`).toEqual([])
      expect(report.counts).toMatchObject({ originals: 120, planned: 240 })
    }
  }, 120_000)

  it('play the same history for the same seed', async () => {
    const [one, other] = await Promise.all([5, 5].map((seed) => simulateReplay({ seed, events: 80, faults: 6 })))
    expect(other).toEqual(one)
    expect(one?.faults).toHaveLength(6)
  }, 60_000)
})
