import { describe, expect, it } from 'vitest'
import { verdictOf } from './run-command.ts'

describe('pnpm chaos', { timeout: 420_000 }, () => {
  it('replay: each planned entry once though runners die, stand still and race, and brokers and ClickHouse break', async () => {
    // The first seed of eleven faults that has every kind of them in half a minute.
    const verdict = await verdictOf('replay', '--events', '12000', '--faults', '11', '--keys', '1000', '--seed', '351')
    expect(verdict).toMatch(
      /^CHAOS replay ok events=\d+ faults=11 kills=\d+ .*lost=0 doubled=0 invented=0 inverted=0 bytes=0 .*seed=351\n$/,
    )
  })
})
