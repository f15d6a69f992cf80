import type { CommitPosition, NextOffset } from '@ledgerbus/core'
import { createFakeClock, createFixedRandom } from '@ledgerbus/testkit'
import type { Broker, Cluster } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import type { Assignment } from './assignment.ts'
import { createCommitter } from './commit.ts'
import { createMembership } from './membership.ts'

type Answer = 'ok' | 'never' | { readonly type?: string; readonly name?: string; readonly retriable?: boolean }

const identity = { memberId: 'm-1', generationId: 7 }

function position(partition: number, offset: bigint, epoch = 1): CommitPosition {
  return { topic: 'orders', partition, epoch, offset: offset as NextOffset }
}

/** A group that answers commit after commit as told; the last answer stays. */
function aGroup(...answers: readonly Answer[]) {
  const clock = createFakeClock()
  const requests: object[] = []
  const owned = new Set([0, 1])
  const membership = createMembership()
  membership.joined(identity)
  const broker = {
    async offsetCommit(request: object) {
      const answer = answers[Math.min(requests.length, answers.length - 1)] ?? 'ok'
      requests.push(request)
      if (answer === 'never') return new Promise(() => undefined)
      if (answer === 'ok') return {}
      throw Object.assign(new Error(answer.type ?? answer.name), { name: 'KafkaJSProtocolError', ...answer })
    },
  } as unknown as Broker
  const cluster = { findGroupCoordinator: async () => broker } as unknown as Cluster
  const assignment = {
    find: ({ partition, epoch }: CommitPosition) => (owned.has(partition) && epoch === 1 ? {} : undefined),
  } as unknown as Assignment
  const committer = createCommitter({
    groupId: 'billing',
    assignment,
    membership,
    cluster: () => cluster,
    onFenced() {
      membership.lost()
      owned.clear()
    },
    timeoutMs: 5_000,
    clock,
    random: createFixedRandom(0.5),
  })
  return { committer, clock, requests, owned, membership }
}

describe('commit', () => {
  it('names the member and the generation in which the partitions are owned', async () => {
    const { committer, requests } = aGroup('ok')

    const outcome = await committer.commit([{ ...position(0, 5n), metadata: 'm' }, position(1, 9_007_199_254_740_993n)])

    expect(outcome).toEqual({ kind: 'ok' })
    expect(requests).toEqual([
      {
        groupId: 'billing',
        memberId: 'm-1',
        groupGenerationId: 7,
        topics: [
          {
            topic: 'orders',
            partitions: [
              { partition: 0, offset: '5', metadata: 'm' },
              { partition: 1, offset: '9007199254740993', metadata: '' },
            ],
          },
        ],
      },
    ])
  })

  it('leaves out positions of old epochs, and says which', async () => {
    const { committer, requests } = aGroup('ok')
    const old = position(1, 3n, 0)

    expect(await committer.commit([position(0, 5n), old])).toEqual({ kind: 'ok', fenced: [old] })
    expect(await committer.commit([old])).toEqual({ kind: 'fenced' })
    expect(requests).toHaveLength(1)
  })

  it('is one at a time', async () => {
    const { committer, clock, requests } = aGroup('never')

    void committer.commit([position(0, 5n)])
    void committer.commit([position(0, 6n)])
    await clock.advance(0)

    expect(requests).toHaveLength(1)
  })

  it('waits for a join that is under way, and goes out in its generation if the partition is kept', async () => {
    const { committer, clock, requests, membership } = aGroup({ type: 'REBALANCE_IN_PROGRESS' }, 'ok')
    membership.joining()

    const outcome = committer.commit([position(0, 5n)])
    await clock.advance(1_000)
    expect(requests).toHaveLength(1)
    membership.joined({ memberId: 'm-1', generationId: 8 })
    await clock.advance(1_000)

    expect(await outcome).toEqual({ kind: 'ok' })
    expect(requests.at(-1)).toMatchObject({ groupGenerationId: 8 })
  })

  it('is fenced when the join it waited for took the partition', async () => {
    const { committer, clock, membership, owned } = aGroup({ type: 'ILLEGAL_GENERATION' }, 'ok')
    membership.joining()

    const outcome = committer.commit([position(0, 5n)])
    await clock.advance(0)
    owned.delete(0)
    membership.joined({ memberId: 'm-1', generationId: 8 })
    await clock.advance(1_000)

    expect(await outcome).toEqual({ kind: 'fenced' })
  })

  it.each(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'])(
    'ends everything owned when it is refused with %s and no join is under way',
    async (type) => {
      const { committer, clock, owned } = aGroup({ type })

      const outcome = committer.commit([position(0, 5n)])
      await clock.advance(1_000)

      expect(await outcome).toEqual({ kind: 'fenced' })
      expect(owned.size).toBe(0)
    },
  )

  it('is made again while the coordinator is away, and fails retriably when that lasts', async () => {
    const back = aGroup({ type: 'NOT_COORDINATOR_FOR_GROUP', retriable: true }, 'ok')
    const soon = back.committer.commit([position(0, 5n)])
    await back.clock.advance(1_000)
    expect(await soon).toEqual({ kind: 'ok' })

    const { committer, clock } = aGroup({ type: 'NOT_COORDINATOR_FOR_GROUP', retriable: true })
    const outcome = committer.commit([position(0, 5n)])
    await clock.advance(10_000)

    expect(await outcome).toMatchObject({
      kind: 'failed',
      error: { code: 'BROKER_COORDINATOR_UNAVAILABLE', retriable: true },
    })
  })

  it('is unknown when it is not answered in time, and stays so when a repetition fails', async () => {
    const never = aGroup('never')
    const unanswered = never.committer.commit([position(0, 5n)])
    await never.clock.advance(5_000)
    expect(await unanswered).toMatchObject({ kind: 'unknown', error: { code: 'BROKER_NO_ANSWER' } })

    const { committer, clock } = aGroup({ name: 'KafkaJSRequestTimeoutError' }, { type: 'GROUP_AUTHORIZATION_FAILED' })
    const outcome = committer.commit([position(0, 5n)])
    await clock.advance(5_000)

    expect(await outcome).toMatchObject({ kind: 'unknown', error: { code: 'BROKER_AUTHORIZATION' } })
  })

  it('sends nothing whose metadata is too long: Kafka would store the other partitions', async () => {
    const { committer, requests } = aGroup('ok')

    expect(
      await committer.commit([position(0, 5n), { ...position(1, 6n), metadata: 'm'.repeat(4_097) }]),
    ).toMatchObject({
      kind: 'failed',
      error: { code: 'BROKER_COMMIT_METADATA_TOO_LARGE', partition: 1 },
    })
    expect(requests).toEqual([])
  })
})
