import { describe, expect, it } from 'vitest'
import { type MemorySample, memoryTrend } from './memory-trend.ts'

/** Five samples a second for 40 seconds. */
function samples(heapAt: (second: number, tick: number) => number): MemorySample[] {
  return Array.from({ length: 200 }, (_, index) => {
    const heap = heapAt(Math.floor(index / 5), index)
    return { atMs: index * 200, heap, rss: 2 * heap }
  })
}

describe('the trend of memory', () => {
  it('is flat where only garbage comes and goes', () => {
    const saw = samples((_, tick) => 100 + (tick % 5) * 50)

    expect(memoryTrend(saw, 'heap')).toEqual({ peak: 300, slope: 0, flatness: 1 })
    expect(memoryTrend(saw, 'rss')).toEqual({ peak: 600, slope: 0, flatness: 1 })
  })

  it('leaves out the first quarter, in which a process finds its size', () => {
    expect(
      memoryTrend(
        samples((second) => Math.min(second, 10) * 10),
        'heap',
      ),
    ).toMatchObject({ slope: 0, flatness: 1 })
  })

  it('shows a leak', () => {
    const { slope, flatness } = memoryTrend(
      samples((second) => 100 + 10 * second),
      'heap',
    )

    expect(slope).toBeCloseTo(10)
    expect(flatness).toBeLessThan(0.8)
  })

  it('says nothing of too short a time', () => {
    expect(() => memoryTrend(samples(() => 1).slice(0, 5), 'heap')).toThrow(RangeError)
  })
})
