import type { Outcome } from '@ledgerbus/core'
import { createFakeClock, createFixedRandom } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { enlistInTransaction } from './enlist-in-transaction.ts'
import type { CountPartitions } from './judge-try.ts'

const never = 'never'

function refusal(type: string, retriable = false): Error {
  return Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type, retriable })
}

/** An enlistment whose tries are answered in turn; when no answer is left, all is well. */
function enlisting(
  answers: readonly (Error | typeof never)[],
  { signal, countPartitions = async () => 2 }: { signal?: AbortSignal; countPartitions?: CountPartitions } = {},
) {
  const clock = createFakeClock()
  const left = [...answers]
  const triedAtMs: number[] = []
  const outcomes: Outcome[] = []
  void enlistInTransaction({
    transactionalId: 'tx',
    partitions: [
      { topic: 'orders', partition: 1 },
      { topic: 'notes', partition: 0 },
    ],
    enlist() {
      triedAtMs.push(clock.monotonicMs())
      const answer = left.shift()
      if (answer === never) return new Promise(() => undefined)
      return answer === undefined ? Promise.resolve() : Promise.reject(answer)
    },
    deadlineMs: 10_000,
    signal,
    countPartitions,
    clock,
    random: createFixedRandom(0.5),
  }).then((outcome) => outcomes.push(outcome))
  return { clock, triedAtMs, outcomes }
}

describe('telling a transaction its partitions', () => {
  it('waits for the former transaction in small steps', async () => {
    const { clock, triedAtMs, outcomes } = enlisting([
      refusal('CONCURRENT_TRANSACTIONS', true),
      refusal('CONCURRENT_TRANSACTIONS', true),
    ])

    await clock.advance(20)

    expect(outcomes).toEqual([{ kind: 'ok' }])
    expect(triedAtMs).toEqual([0, 2, 5])
  })

  it('asks again when the coordinator moves, until its time is up', async () => {
    const moved = refusal('NOT_COORDINATOR_FOR_GROUP', true)
    const { clock, triedAtMs, outcomes } = enlisting(Array.from({ length: 100 }, () => moved))

    await clock.advance(12_000)

    expect(triedAtMs.length).toBeGreaterThan(10)
    expect(outcomes).toMatchObject([
      { kind: 'failed', error: { code: 'BROKER_COORDINATOR_UNAVAILABLE', retriable: true } },
    ])
  })

  it('is over with a fenced producer', async () => {
    const { clock, triedAtMs, outcomes } = enlisting([refusal('INVALID_PRODUCER_EPOCH')])

    await clock.advance(0)

    expect(triedAtMs).toHaveLength(1)
    expect(outcomes).toMatchObject([{ kind: 'failed', error: { code: 'BROKER_TRANSACTION_FENCED' } }])
  })

  it('is not repeated after a request without an answer: it may arrive in the next transaction', async () => {
    const { clock, triedAtMs, outcomes } = enlisting([never])

    await clock.advance(10_000)

    expect(triedAtMs).toHaveLength(1)
    expect(outcomes).toMatchObject([{ kind: 'unknown', error: { code: 'BROKER_NO_ANSWER', retriable: true } }])
  })

  it.each([
    ['the topic that is not there', undefined, 'BROKER_TOPIC_UNKNOWN', 'orders'],
    ['the partition that is not there', 1, 'BROKER_PARTITION_UNKNOWN', 'orders'],
    ['no partition where another topic of the producer is gone', 2, 'BROKER_TOPIC_UNKNOWN', undefined],
  ] as const)('names %s', async (_what, count, code, topic) => {
    const { clock, outcomes } = enlisting([refusal('UNKNOWN_TOPIC_OR_PARTITION', true)], {
      countPartitions: async () => count,
    })

    await clock.advance(0)

    expect(outcomes).toMatchObject([{ kind: 'failed', error: { code, topic } }])
  })

  it('ends with an abort: before it was told for certain, else in doubt', async () => {
    const before = enlisting([], { signal: AbortSignal.abort(new Error('enough')) })
    await before.clock.advance(0)
    expect(before.triedAtMs).toEqual([])
    expect(before.outcomes).toMatchObject([{ kind: 'failed', error: { code: 'BROKER_ABORTED' } }])

    const abort = new AbortController()
    const amid = enlisting([never], { signal: abort.signal })
    abort.abort(new Error('enough'))
    await amid.clock.advance(0)

    expect(amid.outcomes).toMatchObject([{ kind: 'unknown', error: { code: 'BROKER_NO_ANSWER' } }])
  })
})
