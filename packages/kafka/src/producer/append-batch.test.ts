import type { AppendOutcome } from '@ledgerbus/core'
import { aRecord, createFakeClock, createFixedRandom } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { appendBatch } from './append-batch.ts'
import { toBatch, type TryAnswer } from './batch.ts'
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

/** What one try is answered with. */
type Answer = TryAnswer | 'never'

function protocolError(type: string, retriable = false): TryAnswer {
  const error = Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type, retriable })
  return { kind: 'error', mayBeSent: true, error }
}

/** As kafkajs throws what it would repeat, and did not. */
function wrapped(facts: object, mayBeSent: boolean): TryAnswer {
  const cause = Object.assign(new Error('wrapped'), facts)
  return {
    kind: 'error',
    mayBeSent,
    error: Object.assign(new Error('x', { cause }), { name: 'KafkaJSNumberOfRetriesExceeded' }),
  }
}

const timedOut = wrapped({ name: 'KafkaJSRequestTimeoutError' }, true)
const connectionRefused = (mayBeSent: boolean) =>
  wrapped({ name: 'KafkaJSConnectionError', code: 'ECONNREFUSED' }, mayBeSent)
const confirmed: TryAnswer = {
  kind: 'answered',
  acks: [{ topicName: 'orders', partition: 0, errorCode: 0, baseOffset: '7' }],
}

/** Sessions that answer try after try as told; the last answer stays. */
function aBroker(...answers: readonly Answer[]) {
  const clock = createFakeClock()
  const sent: { readonly session: number; readonly messages: unknown }[] = []
  const ended: number[] = []
  let sessions = 0
  const pool = createSessionPool(async () => {
    sessions += 1
    const session = sessions
    return {
      async send({ messages }) {
        const answer = answers[Math.min(sent.length, answers.length - 1)] ?? 'never'
        sent.push({ session, messages })
        return answer === 'never' ? new Promise(() => undefined) : answer
      },
      async end() {
        ended.push(session)
      },
    }
  })
  const around = { sessions: pool, countPartitions: async () => 1, clock, random: createFixedRandom(0.5) }
  return {
    clock,
    sent,
    ended,
    pool,
    append: (countPartitions: CountPartitions = async () => 1) =>
      appendBatch(
        toBatch('orders', 0, [aRecord()]),
        { deadlineMs: clock.monotonicMs() + 5_000 },
        { ...around, countPartitions },
      ),
  }
}

describe('outcome of an append', () => {
  it('is ok with the offset the broker names', async () => {
    const { append, sent } = aBroker(confirmed)

    expect(await append()).toEqual({ kind: 'ok', baseOffset: 7n })
    expect(sent).toHaveLength(1)
  })

  it('is failed at once when the leader refuses the batch, and the session stays', async () => {
    const { append, sent, ended } = aBroker(protocolError('MESSAGE_TOO_LARGE'))

    expect(await append()).toMatchObject({ kind: 'failed', error: { code: 'BROKER_RECORD_TOO_LARGE', partition: 0 } })
    expect(sent).toHaveLength(1)
    expect(ended).toEqual([])
  })

  it('is ok after tries without an answer: the identical batch, on the same session', async () => {
    const { append, clock, sent } = aBroker(timedOut, wrapped({ type: 'NOT_LEADER_FOR_PARTITION' }, true), confirmed)

    const outcome = append()
    await clock.advance(5_000)

    expect(await outcome).toEqual({ kind: 'ok', baseOffset: 7n })
    expect(sent.map(({ session }) => session)).toEqual([1, 1, 1])
    expect(sent.every(({ messages }) => messages === sent[0]?.messages)).toBe(true)
  })

  it('is unknown when no try is answered in time, and the session is given to nobody any more', async () => {
    const { append, clock, pool, ended } = aBroker('never')

    const outcome = append()
    await clock.advance(5_000)

    expect(await outcome).toMatchObject({ kind: 'unknown', error: { code: 'BROKER_NO_ANSWER', outcome: 'unknown' } })
    await pool.lease()
    await clock.advance(0)
    expect(ended).toEqual([1])
  })

  it('is unknown when a later try is refused: an earlier one may be stored', async () => {
    const { append, clock, ended } = aBroker(timedOut, protocolError('TOPIC_AUTHORIZATION_FAILED'))

    const outcome = append()
    await clock.advance(5_000)

    expect(await outcome).toMatchObject({
      kind: 'unknown',
      error: { code: 'BROKER_AUTHORIZATION', outcome: 'unknown' },
    })
    expect(ended).toEqual([1])
  })

  it('is failed when no try ever left', async () => {
    const { append, clock, ended } = aBroker(connectionRefused(false))

    const outcome = append()
    await clock.advance(5_000)

    expect(await outcome).toMatchObject({ kind: 'failed', error: { code: 'BROKER_UNREACHABLE', retriable: true } })
    expect((await outcome) as { error: Error }).toMatchObject({
      error: { message: expect.stringMatching(/given up after \d+ tries/) },
    })
    expect(ended).toEqual([])
  })

  it('is unknown when a connection was refused after the batch had left: that was the reconnection', async () => {
    const { append, clock } = aBroker(connectionRefused(true))

    const outcome = append()
    await clock.advance(5_000)

    expect(await outcome).toMatchObject({ kind: 'unknown' })
  })

  it('is failed when fewer replicas than demanded are in sync until the end: the leader took nothing', async () => {
    const { append, clock } = aBroker(wrapped({ type: 'NOT_ENOUGH_REPLICAS' }, true))

    const outcome = append()
    await clock.advance(5_000)

    expect(await outcome).toMatchObject({ kind: 'failed', error: { code: 'BROKER_NOT_ENOUGH_REPLICAS' } })
  })

  it('is unknown when the answer does not name the batch', async () => {
    const { append, clock } = aBroker({
      kind: 'answered',
      acks: [{ topicName: 'orders', partition: 1, errorCode: 0, baseOffset: '7' }],
    })

    const outcome = append()
    await clock.advance(5_000)

    expect(await outcome).toMatchObject({ kind: 'unknown', error: { code: 'BROKER_ACK_MISSING' } })
  })

  it('is failed when kafkajs sent nothing because topic or partition do not exist', async () => {
    expect(await aBroker({ kind: 'not-sent' }).append(async () => undefined)).toMatchObject({
      kind: 'failed',
      error: { code: 'BROKER_TOPIC_UNKNOWN' },
    })
    expect(await aBroker({ kind: 'not-sent' }).append(async () => 0)).toMatchObject({
      kind: 'failed',
      error: { code: 'BROKER_PARTITION_UNKNOWN' },
    })
  })

  it('is ok on a new session when the old one lost its way: another topic of it was deleted, or its sequence', async () => {
    for (const lost of [
      wrapped({ type: 'UNKNOWN_TOPIC_OR_PARTITION' }, false),
      protocolError('OUT_OF_ORDER_SEQUENCE_NUMBER'),
    ]) {
      const { append, clock, sent, ended } = aBroker(lost, confirmed)

      const outcome = append()
      await clock.advance(5_000)

      expect(await outcome).toEqual({ kind: 'ok', baseOffset: 7n })
      expect(sent.map(({ session }) => session)).toEqual([1, 2])
      expect(ended).toEqual([1])
    }
  })

  it('is unknown when the sequence is lost while a try is open', async () => {
    const { append, clock, sent } = aBroker(timedOut, protocolError('OUT_OF_ORDER_SEQUENCE_NUMBER'), confirmed)

    const outcome = append()
    await clock.advance(5_000)

    expect(await outcome).toMatchObject({ kind: 'unknown', error: { code: 'BROKER_PRODUCER_STATE' } })
    expect(sent).toHaveLength(2)
  })
})
