import { describe, expect, it } from 'vitest'
import { createFixedRandom } from './fixed-random.ts'
import { createRecordingLogger } from './recording-logger.ts'
import { createSeededRandom } from './seeded-random.ts'
import { createSequentialIds } from './sequential-ids.ts'

describe('sequential ids', () => {
  it('are valid UUIDs of version 7 that rise', () => {
    const ids = createSequentialIds({ from: 15 })
    const made = [ids.next(), ids.next()]

    expect(made).toEqual(['00000000-0000-7000-8000-00000000000f', '00000000-0000-7000-8000-000000000010'])
  })
})

describe('seeded random', () => {
  it('repeats itself for the same seed and differs for another', () => {
    const draw = (seed: number): number[] => Array.from({ length: 5 }, createSeededRandom(seed).next)

    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
  })

  it('stays in [0, 1) and spreads evenly', () => {
    const random = createSeededRandom(1)
    const numbers = Array.from({ length: 10_000 }, () => random.next())

    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...numbers)).toBeLessThan(1)
    expect(numbers.reduce((sum, number) => sum + number, 0) / numbers.length).toBeCloseTo(0.5, 1)
  })
})

describe('fixed random', () => {
  it('gives the numbers over and over', () => {
    const random = createFixedRandom(0.1, 0.9)

    expect([random.next(), random.next(), random.next()]).toEqual([0.1, 0.9, 0.1])
  })
})

describe('recording logger', () => {
  it('keeps level, facts and text of every line, in order', () => {
    const logger = createRecordingLogger()
    logger.info({ topic: 'orders' }, 'joined')
    logger.warn({ attempt: 2 }, 'handler failed, will retry')

    expect(logger.lines).toEqual([
      { level: 'info', facts: { topic: 'orders' }, text: 'joined' },
      { level: 'warn', facts: { attempt: 2 }, text: 'handler failed, will retry' },
    ])
    expect(logger.texts('warn')).toEqual(['handler failed, will retry'])
  })
})
