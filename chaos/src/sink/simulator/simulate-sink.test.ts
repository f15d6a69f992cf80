import { describe, expect, it } from 'vitest'
import { simulateSink } from './simulate-sink.ts'

describe('a simulated group of sinks', () => {
  it('loses, doubles and copies nothing, whatever happens to it', async () => {
    const sums = { recoveries: 0, repeatedInserts: 0 }
    for (let seed = 1; seed <= 40; seed += 1) {
      const { report, findings } = await simulateSink({ seed, events: 200, faults: 16 })
      expect(findings, `pnpm simulate sink --seed ${seed} --seeds 1 --events 200 --faults 16`).toEqual([])
      expect(report.counts.stored).toBeGreaterThan(190)
      sums.recoveries += report.counts.recoveries
      sums.repeatedInserts += report.counts.repeatedInserts
    }
    // A simulation in which nothing goes wrong shows nothing.
    expect(sums.recoveries).toBeGreaterThan(10)
    expect(sums.repeatedInserts).toBeGreaterThan(50)
  }, 120_000)

  it('plays the same history for the same seed', async () => {
    const [one, other] = await Promise.all([5, 5].map((seed) => simulateSink({ seed, events: 80, faults: 6 })))
    expect(other).toEqual(one)
    expect(one?.faults).not.toEqual([])
  }, 60_000)
})
