import { describe, expect, it } from 'vitest'
import { simulateConsumer } from './simulate-consumer.ts'

describe('a simulated group', () => {
  it('loses, doubles and inverts nothing, whatever happens to it', async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const { report } = await simulateConsumer({ seed, events: 120, faults: 8 })
      expect(report.examples, `pnpm simulate --seed ${seed} --seeds 1`).toEqual([])
      expect(report.counts.handled).toBeGreaterThan(50)
    }
  }, 120_000)

  // Each of these once showed something.
  it.each([
    { seed: 1_024, events: 200, faults: 16 },
    { seed: 1_305, events: 200, faults: 16 },
  ])('stays good where it once was not: $seed', async (options) => {
    const { report } = await simulateConsumer(options)
    expect(report.examples).toEqual([])
  })

  it('plays the same history for the same seed', async () => {
    const [one, other] = await Promise.all([5, 5].map((seed) => simulateConsumer({ seed, events: 80, faults: 6 })))
    expect(other).toEqual(one)
    expect(one?.faults).not.toEqual([])
  }, 60_000)
})
