import type { CommitOutcome, CommitPosition, NextOffset } from '@ledgerbus/core'
import { createFakeClock, createGate, createRecordingLogger } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createCommitScheduler } from './commit-scheduler.ts'

const position = (partition: number, offset: bigint): CommitPosition => ({
  topic: 'orders',
  partition,
  epoch: 1,
  offset: offset as NextOffset,
})

function scheduler(commit: (positions: readonly CommitPosition[]) => Promise<CommitOutcome>) {
  const clock = createFakeClock()
  const pending: CommitPosition[] = [position(0, 5n), position(1, 7n)]
  const committed: CommitPosition[] = []
  const told: string[] = []
  const commits = createCommitScheduler({
    commit,
    positions: () => pending,
    onCommitted: (positions) => committed.push(...positions),
    mapRoom: { committed: () => undefined },
    activity: { tell: ({ kind }) => void told.push(kind) },
    clock,
    logger: createRecordingLogger(),
    intervalMs: 1_000,
  })
  return { clock, pending, committed, told, commits }
}

describe('commits', () => {
  it('do not happen when there is nothing to commit', async () => {
    let calls = 0
    const { pending, commits } = scheduler(async () => {
      calls += 1
      return { kind: 'ok' }
    })
    pending.length = 0
    expect(await commits.commitNow()).toEqual({ kind: 'ok' })
    expect(calls).toBe(0)
  })

  it('are under way one at a time; the second takes what is finished by then', async () => {
    const gate = createGate()
    const sent: bigint[][] = []
    const { pending, commits } = scheduler(async (positions) => {
      sent.push(positions.map(({ offset }) => offset))
      await gate.opened
      return { kind: 'ok' }
    })
    const first = commits.commitNow()
    const second = commits.commitNow()
    await Promise.resolve()
    expect(sent).toEqual([[5n, 7n]])
    pending[0] = position(0, 9n)
    gate.open()
    await Promise.all([first, second])
    expect(sent).toEqual([
      [5n, 7n],
      [9n, 7n],
    ])
  })

  it('that leave fenced positions out count the others only', async () => {
    const { committed, told, commits } = scheduler(async () => ({ kind: 'ok', fenced: [position(0, 5n)] }))
    await commits.commitNow()
    expect(committed).toEqual([position(1, 7n)])
    expect(told).toEqual(['commit-ok', 'commit-fenced'])
  })

  it('that throw, against the contract, are repeated and break nothing', async () => {
    let calls = 0
    const { clock, committed, commits } = scheduler(async () => {
      calls += 1
      if (calls === 1) throw new Error('a mistake')
      return { kind: 'ok' }
    })
    commits.changed()
    await clock.advance(1_000)
    expect(committed).toEqual([])
    await clock.advance(1_000)
    expect(committed).toHaveLength(2)
  })
})
