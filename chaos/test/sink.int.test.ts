import { describe, expect, it } from 'vitest'
import { verdictOf } from './run-command.ts'

describe('pnpm chaos', { timeout: 420_000 }, () => {
  it('sink: the log reads exactly once while sinks, brokers, ClickHouse and their network break', async () => {
    const verdict = await verdictOf('sink', '--events', '40000', '--faults', '12', '--seed', '4')
    expect(verdict).toMatch(
      /^CHAOS sink ok events=\d+ faults=12 .*lost=0 doubled=0 invented=0 bytes=0 commits=0 .*seed=4\n$/,
    )
  })

  it('crash-points: the log reads exactly once though sinks die before and after every step', async () => {
    const verdict = await verdictOf('crash-points', '--times', '1', '--events', '2000', '--seed', '4')
    expect(verdict).toMatch(/^CHAOS crash-points ok events=\d+ points=13 lost=0 doubled=0 invented=0 .*seed=4\n$/)
  })
})
