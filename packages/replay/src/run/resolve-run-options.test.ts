import { describe, expect, it } from 'vitest'
import { resolveRunOptions } from './resolve-run-options.ts'

function problemsOf(options: object, order: 'key' | 'time' = 'key'): string {
  try {
    resolveRunOptions(options, { order })
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

describe('the options of a run', () => {
  it('have defaults', () => {
    expect(resolveRunOptions({}, { order: 'key' })).toEqual({
      ratePerSecond: undefined,
      speed: undefined,
      maxInFlight: 2_000,
      maxGapMs: 60_000,
      maxLag: 10_000,
      maxErrors: 100,
    })
  })

  it('refuse what they do not know: a rate that is misspelled would be none', () => {
    expect(problemsOf({ rate: 500 })).toMatch(/^running a replay: rate: there is no such field, only .*ratePerSecond/u)
    expect(problemsOf({ rate: undefined })).toBe('')
  })

  it.each([
    [{ ratePerSecond: 0 }, 'ratePerSecond'],
    [{ ratePerSecond: '200' }, 'ratePerSecond'],
    [{ speed: -1 }, 'speed'],
    [{ maxInFlight: 2_001 }, 'maxInFlight'],
    [{ maxInFlight: 0.5 }, 'maxInFlight'],
    [{ maxGapMs: Number.POSITIVE_INFINITY, speed: 1 }, 'maxGapMs'],
    [{ maxLag: Number.NaN }, 'maxLag'],
    [{ maxLag: '5' }, 'maxLag'],
    [{ maxErrors: -1 }, 'maxErrors'],
    [{ maxErrors: '5' }, 'maxErrors'],
    [{ by: 'x'.repeat(201) }, 'by'],
  ])('refuse %j', (options, named) => {
    expect(problemsOf(options, 'time')).toMatch(new RegExp(`^running a replay: ${named}: [^;]+$`, 'u'))
  })

  it('go as the plan says where they say nothing, and without bounds where they say so', () => {
    const plan = { order: 'time', ratePerSecond: 20, speed: 2 } as const
    expect(resolveRunOptions({}, plan)).toMatchObject({ ratePerSecond: 20, speed: 2 })
    expect(resolveRunOptions({ ratePerSecond: 500 }, plan)).toMatchObject({ ratePerSecond: 500, speed: 2 })
    const none = Number.POSITIVE_INFINITY
    expect(resolveRunOptions({ ratePerSecond: none, speed: none }, plan)).toMatchObject({
      ratePerSecond: undefined,
      speed: undefined,
    })
    expect(problemsOf({ speed: none })).toBe('')
    expect(problemsOf({ speed: none, maxGapMs: 5 }, 'time')).toContain('only with `speed`')
  })

  it('take a speed and a longest gap together, and a speed only where entries have a common time', () => {
    expect(problemsOf({ speed: 1, maxGapMs: 5 }, 'time')).toBe('')
    expect(problemsOf({ speed: 1 })).toContain('order')
    expect(problemsOf({ maxGapMs: 5 }, 'time')).toContain('only with `speed`')
  })
})
