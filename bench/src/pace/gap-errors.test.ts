import { describe, expect, it } from 'vitest'
import { gapErrors } from './gap-errors.ts'

describe('errors of gaps', () => {
  it('are counted by length, in percent of it, whichever way a gap is off', () => {
    const found = gapErrors([0, 100, 150, 248, 300], [100, 50, 100, 50], { allowedPercent: 3 })

    expect(found).toEqual([
      { gapMs: 50, count: 2, p95Percent: 4, worstPercent: 4, kept: 0.5 },
      { gapMs: 100, count: 2, p95Percent: 2, worstPercent: 2, kept: 1 },
    ])
  })

  it('leave the worst of twenty out of the ninety-fifth of a hundred', () => {
    const wantedMs = Array.from({ length: 20 }, () => 100)
    const timesMs = wantedMs.reduce<number[]>((times, gapMs) => [...times, (times.at(-1) ?? 0) + gapMs], [0])
    const [last] = timesMs.splice(-1)
    timesMs.push((last ?? 0) + 50)

    expect(gapErrors(timesMs, wantedMs, { allowedPercent: 5 })).toEqual([
      { gapMs: 100, count: 20, p95Percent: 0, worstPercent: 50, kept: 0.95 },
    ])
  })

  it('need a time more than gaps: one that is missing would shift all behind it', () => {
    expect(() => gapErrors([0, 100], [100, 50], { allowedPercent: 5 })).toThrow('2 times do not have 2 gaps')
  })
})
