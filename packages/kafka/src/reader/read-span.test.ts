import { BrokerError, type RecordSlice } from '@ledgerbus/core'
import { aConsumerRecord, createFakeClock, createFixedRandom, createRecordingLogger } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import type { FetchedRecords } from '../fetch/record-batches.ts'
import { readSpan } from './read-span.ts'

const at = { topic: 'orders', partition: 0 }
const range = { ...at, low: 0n, end: 100n }

/** What kafkajs throws, by the type that Kafka gives it. */
function refusal(type: string): Error {
  return Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type })
}

function records(...offsets: readonly bigint[]): FetchedRecords {
  return {
    records: offsets.map((offset) => aConsumerRecord({ ...at, offset })),
    lastOffset: offsets.at(-1),
    bytes: 0,
  }
}

/** A read of [10, 20) over answers given one after the other; each is told which offset was asked for. */
function aRead(
  answers: readonly (FetchedRecords | Error | undefined)[],
  options: { readonly range?: typeof range } = {},
) {
  const clock = createFakeClock()
  const logger = createRecordingLogger()
  const controller = new AbortController()
  const asked: bigint[] = []
  const slices: RecordSlice[] = []
  const left = [...answers]
  const reading = readSpan(
    at,
    { from: 10n, to: 20n },
    {
      connections: {
        async fetch(_, offset) {
          asked.push(offset)
          if (left.length === 0) return new Promise<never>(() => undefined)
          const answer = left.shift()
          if (answer instanceof Error) throw answer
          return answer
        },
      },
      questions: { offsets: async () => [options.range ?? range] },
      counts: { count: async () => 1, countNow: async () => 1 },
      clock,
      random: createFixedRandom(0.5),
      logger,
      signal: controller.signal,
    },
  )
  const ended = (async () => {
    for await (const slice of reading) slices.push(slice)
  })()
  ended.catch(() => undefined)
  return { clock, logger, controller, asked, slices, ended }
}

describe('reading a span', () => {
  it('asks behind what the last answer settled, whatever stood there', async () => {
    const { asked, slices, ended } = aRead([
      records(10n, 12n),
      { records: [], lastOffset: 15n, bytes: 0 },
      undefined,
      records(17n, 19n, 21n),
    ])
    await ended

    expect(asked).toEqual([10n, 13n, 16n, 16n])
    expect(slices.map((slice) => [slice.records.map(({ offset }) => offset), slice.nextOffset])).toEqual([
      [[10n, 12n], 13n],
      [[], 16n],
      [[17n, 19n], 20n],
    ])
  })

  it.each(['NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE', 'UNKNOWN', 'NETWORK_EXCEPTION'])(
    'asks the same again after %s, at growing distances',
    async (type) => {
      const { clock, asked, ended, logger } = aRead([refusal(type), refusal(type), refusal(type), records(19n)])
      await clock.advance(99)
      expect(asked).toEqual([10n, 10n])
      await clock.advance(1_000)
      await ended

      expect(asked).toEqual([10n, 10n, 10n, 10n])
      expect(logger.texts('warn')).toEqual(['a read waits', 'a read waits'])
    },
  )

  it('believes that the topic is gone once that was said three times in a row', async () => {
    const gone = refusal('UNKNOWN_TOPIC_OR_PARTITION')
    const { clock, asked, ended } = aRead([gone, gone, refusal('NOT_LEADER_FOR_PARTITION'), gone, gone, gone])
    await clock.advance(60_000)

    await expect(ended).rejects.toMatchObject({ code: 'BROKER_TOPIC_UNKNOWN', topic: 'orders', partition: 0 })
    expect(asked).toHaveLength(6)
  })

  it('goes on at the first offset left when those before it are gone', async () => {
    const { slices, asked, ended } = aRead([refusal('OFFSET_OUT_OF_RANGE'), records(19n)], {
      range: { ...range, low: 15n },
    })
    await ended

    expect(asked).toEqual([10n, 15n])
    expect(slices[0]).toEqual({ records: [], nextOffset: 15n })
  })

  it('asks again where the refusal and the range disagree, as they may while a leader changes', async () => {
    const { clock, asked, ended } = aRead([refusal('OFFSET_OUT_OF_RANGE'), records(19n)])
    await clock.advance(1_000)
    await ended

    expect(asked).toEqual([10n, 10n])
  })

  it.each([
    ['BROKER_AUTHORIZATION', refusal('TOPIC_AUTHORIZATION_FAILED')],
    ['BROKER_CODEC_MISSING', Object.assign(new Error('zstd'), { name: 'KafkaJSNotImplemented' })],
    ['BROKER_RECORD_DAMAGED', new BrokerError('orders/0: damaged', { code: 'BROKER_RECORD_DAMAGED', retriable: true })],
  ])('ends with %s, which no waiting mends', async (code, error) => {
    const { asked, ended } = aRead([error])

    await expect(ended).rejects.toMatchObject({ code })
    expect(asked).toEqual([10n])
  })

  it('ends with the reason of an abort, in a fetch that nobody answers and in a pause', async () => {
    const unanswered = aRead([])
    await unanswered.clock.advance(0)
    unanswered.controller.abort(new Error('enough'))
    await expect(unanswered.ended).rejects.toThrow('enough')

    const pausing = aRead([refusal('LEADER_NOT_AVAILABLE')])
    await pausing.clock.advance(10)
    pausing.controller.abort(new Error('enough'))
    await expect(pausing.ended).rejects.toThrow('enough')
    expect(pausing.clock.waiting).toBe(0)
  })
})
