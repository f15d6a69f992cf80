import type { CommitOutcome, CommitPosition, NextOffset, PartitionEpoch } from '@ledgerbus/core'
import { createFakeClock, createFixedRandom, createGate, createRecordingLogger, TestkitError } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createCommitQueue } from './commit-queue.ts'

const error = new TestkitError('the broker does not answer', { code: 'TEST', outcome: 'unknown', retriable: true })

function setUp(answer: (call: number) => CommitOutcome | Promise<CommitOutcome> = () => ({ kind: 'ok' })) {
  const clock = createFakeClock()
  const ending = new AbortController()
  const lost = new AbortController()
  const made: string[] = []
  let calls = 0
  const queue = createCommitQueue({
    consumer: {
      commit: async (positions: readonly CommitPosition[]) => {
        made.push(positions.map(({ partition, offset, metadata }) => `${partition}:${offset}:${metadata}`).join(' '))
        calls += 1
        return answer(calls)
      },
    },
    clock,
    random: createFixedRandom(0.5),
    logger: createRecordingLogger(),
    signal: ending.signal,
  })
  const ownership = (partition: number): PartitionEpoch => ({
    topic: 'orders',
    partition,
    epoch: 1,
    signal: partition === 9 ? lost.signal : new AbortController().signal,
  })
  const owners = [0, 1, 9].map(ownership)
  const commit = (next: bigint, metadata = '', partition = 0) =>
    queue.commit({
      ownership: owners.find((owner) => owner.partition === partition) as PartitionEpoch,
      next: next as NextOffset,
      metadata,
    })
  return { clock, ending, lost, made, commit }
}

describe('commit queue of the sink', () => {
  it('makes a commit that is requested in the moment the one before is confirmed', async () => {
    const { made, commit } = setUp()
    await commit(5n)
    await commit(8n, '1:9:1:00000000')
    expect(made).toEqual(['0:5:', '0:8:1:9:1:00000000'])
  })

  it('makes one commit of what waits for another, the newest of each partition, and tells all who waited', async () => {
    const gate = createGate()
    const { clock, made, commit } = setUp(async () => {
      await gate.opened
      return { kind: 'ok' }
    })
    const results = Promise.all([commit(1n), commit(2n), commit(2n, 'intent'), commit(7n, '', 1)])
    await clock.advance(0)
    gate.open()
    expect(await results).toEqual(['committed', 'committed', 'committed', 'committed'])
    expect(made).toEqual(['0:1:', '0:2:intent 1:7:'])
  })

  it('commits again until it is confirmed, and then only the newest', async () => {
    const { clock, made, commit } = setUp((call) =>
      call === 1 ? { kind: 'unknown', error } : call === 2 ? { kind: 'failed', error } : { kind: 'ok' },
    )
    const first = commit(1n, 'a')
    await clock.advance(0)
    const second = commit(1n, 'b')
    await clock.advance(10_000)
    expect(await Promise.all([first, second])).toEqual(['committed', 'committed'])
    expect(made).toEqual(['0:1:a', '0:1:b', '0:1:b'])
  })

  it('tells that it is over: fenced, in part or as a whole, the ownership lost, the queue ended', async () => {
    const fencedAll = setUp(() => ({ kind: 'fenced' }))
    expect(await fencedAll.commit(1n)).toBe('over')

    const fencedOne = setUp(() => ({
      kind: 'ok',
      fenced: [{ topic: 'orders', partition: 1, epoch: 1, offset: 2n as NextOffset }],
    }))
    const gate = fencedOne.commit(0n)
    expect(await Promise.all([gate, fencedOne.commit(1n), fencedOne.commit(2n, '', 1)])).toEqual([
      'committed',
      'committed',
      'over',
    ])

    const lost = setUp(() => ({ kind: 'unknown', error }))
    const waiting = lost.commit(1n, '', 9)
    await lost.clock.advance(0)
    lost.lost.abort()
    await lost.clock.advance(10_000)
    expect(await waiting).toBe('over')
    expect(await lost.commit(1n, '', 9)).toBe('over')

    const ended = setUp(() => ({ kind: 'unknown', error }))
    const unanswered = ended.commit(1n)
    await ended.clock.advance(0)
    ended.ending.abort()
    await ended.clock.advance(10_000)
    expect(await unanswered).toBe('over')
    expect(await ended.commit(2n)).toBe('over')
    expect(ended.clock.waiting).toBe(0)
  })
})
