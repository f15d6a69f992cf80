import type { AppendOutcome } from '@ledgerbus/core'
import { aRecord, createFakeClock, createFixedRandom } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { appendBatch } from './append-batch.ts'
import { toBatch } from './batch.ts'
import type { CountPartitions } from './judge-try.ts'
import { createSessionPool } from './session-pool.ts'

const neverAnswered: CountPartitions = () => new Promise(() => undefined)

/** A session that knows no leader, and a broker that does not tell how many partitions there are. */
function anAppend(signal?: AbortSignal) {
  const clock = createFakeClock()
  const sessions = createSessionPool(async () => ({
    send: async () => ({ kind: 'not-sent' }) as const,
    end: async () => undefined,
  }))
  const ended: AppendOutcome[] = []
  void appendBatch(
    toBatch('orders', 0, [aRecord()]),
    { deadlineMs: clock.monotonicMs() + 60_000, signal },
    { sessions, countPartitions: neverAnswered, clock, random: createFixedRandom(0.5) },
  ).then((outcome) => ended.push(outcome))
  return { clock, ended }
}

describe('append of a batch', () => {
  it('ends at its deadline also while it asks whether the topic is there', async () => {
    const { clock, ended } = anAppend()

    await clock.advance(60_000)

    expect(ended).toMatchObject([{ kind: 'failed' }])
  })

  it('ends with an abort also while it asks whether the topic is there', async () => {
    const abort = new AbortController()
    const { clock, ended } = anAppend(abort.signal)

    await clock.advance(1_000)
    abort.abort()
    await clock.advance(0)

    expect(ended).toMatchObject([{ kind: 'failed', error: { code: 'BROKER_ABORTED' } }])
  })
})
