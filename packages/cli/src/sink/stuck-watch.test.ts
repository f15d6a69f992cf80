import type { SinkPartition } from '@ledgerbus/audit-sink'
import { createFakeClock } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createStuckWatch } from './stuck-watch.ts'

function partition(change: Partial<SinkPartition> = {}): SinkPartition {
  const behind = { committed: 10n, end: 20n, lag: 10n, pendingRecords: 0, pendingBytes: 0 }
  return { topic: 'orders', partition: 0, state: 'reading', ...behind, ...change }
}

/** Looks every ten seconds for so long. */
async function stuckAfter(minutes: number, look: (round: number) => SinkPartition): Promise<readonly string[]> {
  const clock = createFakeClock()
  const watch = createStuckWatch(clock)
  for (let round = 0; round <= minutes * 6; round += 1) {
    watch.observe([look(round)])
    await clock.advance(10_000)
  }
  return watch.stuck()
}

describe('stuck watch', () => {
  it('names a partition that is behind and has not moved for five minutes', async () => {
    expect(await stuckAfter(5, () => partition())).toEqual(['orders/0'])
    expect(await stuckAfter(4, () => partition())).toEqual([])
  })

  it('leaves a partition alone that moves, however far it is behind', async () => {
    expect(await stuckAfter(10, (round) => partition({ committed: BigInt(round) }))).toEqual([])
  })

  it('leaves a partition alone that has nothing to do', async () => {
    expect(await stuckAfter(10, () => partition({ lag: 0n }))).toEqual([])
  })

  it.each(['held', 'paused'] as const)(
    'leaves a partition alone that is %s: that is no reason to restart',
    async (state) => {
      expect(await stuckAfter(10, () => partition({ state }))).toEqual([])
    },
  )

  it('counts anew after a partition was held', async () => {
    const held = (round: number): SinkPartition => partition(round === 20 ? { state: 'held' } : {})
    expect(await stuckAfter(6, held)).toEqual([])
  })
})
