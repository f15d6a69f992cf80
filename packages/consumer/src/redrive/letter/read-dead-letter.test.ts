import { aConsumerRecord } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toLetter } from '../../../test/redrive-world.ts'
import { toRedrivenRecord } from '../run/redriven-record.ts'
import { readDeadLetter } from './read-dead-letter.ts'

function int32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int64(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

const at = { topic: 'orders-dlt', partition: 1, offset: 9n, timestampMs: 1_769_860_800_000n } as const
const own = ['trace', 'abc'] as const

/** The headers each of them adds, as their sources write them. */
const foreign = {
  'spring-kafka': [
    ['kafka_dlt-exception-fqcn', 'org.springframework.kafka.listener.ListenerExecutionFailedException'],
    ['kafka_dlt-exception-cause-fqcn', 'com.shop.CardRefused'],
    ['kafka_dlt-exception-message', 'Listener failed; card 4711 refused'],
    ['kafka_dlt-exception-stacktrace', 'com.shop.CardRefused: no\n\tat com.shop.Charge.run(Charge.java:42)'],
    ['kafka_dlt-original-topic', 'orders'],
    ['kafka_dlt-original-partition', int32(3)],
    ['kafka_dlt-original-offset', int64(2n ** 53n + 1n)],
    ['kafka_dlt-original-timestamp', int64(1_769_860_000_000n)],
    ['kafka_dlt-original-timestamp-type', 'CREATE_TIME'],
    ['kafka_dlt-original-consumer-group', 'billing'],
  ],
  'kafka-streams': [
    ['__streams.errors.exception', 'java.lang.IllegalArgumentException'],
    ['__streams.errors.message', 'negative'],
    ['__streams.errors.stacktrace', 'at x'],
    ['__streams.errors.topic', 'orders'],
    ['__streams.errors.partition', '3'],
    ['__streams.errors.offset', '9007199254740993'],
  ],
  'kafka-connect': [
    ['__connect.errors.topic', 'orders'],
    ['__connect.errors.partition', '3'],
    ['__connect.errors.offset', '9007199254740993'],
    ['__connect.errors.connector.name', 'sink'],
    ['__connect.errors.stage', 'VALUE_CONVERTER'],
    ['__connect.errors.exception.class.name', 'org.apache.kafka.connect.errors.DataException'],
    ['__connect.errors.exception.message', 'no JSON'],
  ],
  'x-original-headers': [
    ['x-original-topic', 'orders'],
    ['x-original-partition', int32(3)],
    ['x-original-offset', int64(2n ** 53n + 1n)],
    ['x-original-timestamp', int64(1_769_860_000_000n)],
    ['x-exception-fqcn', 'java.lang.RuntimeException'],
    ['x-exception-message', 'no'],
  ],
  'original-headers': [
    ['original-topic', 'orders'],
    ['original-partition', '3'],
    ['original-offset', '9007199254740993'],
    ['exception-type', 'Shop.CardRefused'],
    ['exception-message', 'no'],
  ],
} as const

describe('a dead letter', () => {
  it('of a group of ours is read as it was written', () => {
    const { headers, key, value } = toLetter(
      { offset: 42, partition: 2, error: new RangeError('too much') },
      { nowMs: () => 7_000 },
    )
    const letter = readDeadLetter({ ...aConsumerRecord(at), key, value, headers })
    expect(letter).toMatchObject({
      dialect: 'ledgerbus',
      origin: { topic: 'orders', partition: 2, offset: 42n, timestampMs: 42n, group: 'billing' },
      handler: 'charge',
      step: 'handle',
      reason: 'attempts-exhausted',
      error: { class: 'RangeError', message: 'too much', fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/u) },
      attempts: 5,
      failedAtMs: 7_000,
      redriveCount: 0,
    })
  })

  it.each(Object.entries(foreign))('of %s says where the record stood and what failed', (dialect, headers) => {
    const letter = readDeadLetter(aConsumerRecord({ ...at, headers: [own, ...headers] }))
    expect(letter.dialect).toBe(dialect)
    expect(letter.origin).toMatchObject({ topic: 'orders', partition: 3, offset: 9_007_199_254_740_993n })
    expect(letter.error.class).toBeDefined()
    expect(letter.error.message).toBeDefined()
    expect(letter.error.fingerprint).toMatch(/^[0-9a-f]{16}$/u)
    expect(letter.failedAtMs).toBe(Number(at.timestampMs))
  })

  it('of Spring Kafka names the cause, not the wrapper around it, and the group', () => {
    const letter = readDeadLetter(aConsumerRecord({ ...at, headers: foreign['spring-kafka'] }))
    expect(letter.error.class).toBe('com.shop.CardRefused')
    expect(letter.origin).toMatchObject({ group: 'billing', timestampMs: 1_769_860_000_000n })
  })

  it('set aside twice by Spring Kafka, which appends, says where it stood first and what failed last', () => {
    const headers = [
      ['kafka_dlt-original-topic', 'orders'],
      ['kafka_dlt-original-offset', int64(1n)],
      ['kafka_dlt-exception-cause-fqcn', 'First'],
      ['kafka_dlt-original-topic', 'orders-retry'],
      ['kafka_dlt-original-offset', int64(2n)],
      ['kafka_dlt-exception-cause-fqcn', 'Last'],
    ] as const
    expect(readDeadLetter(aConsumerRecord({ ...at, headers }))).toMatchObject({
      origin: { topic: 'orders', offset: 1n },
      error: { class: 'Last' },
    })
  })

  it('of Wolverine, which does not say where the record stood, takes that from whoever knows', () => {
    const headers = [
      ['exception-type', 'Shop.CardRefused'],
      ['exception-message', 'no'],
      ['failed-at', '1769860900000'],
    ] as const
    const record = aConsumerRecord({ ...at, headers })
    expect(readDeadLetter(record).origin).toEqual({})
    expect(readDeadLetter(record, { topic: 'orders', group: 'billing' })).toMatchObject({
      dialect: 'wolverine',
      origin: { topic: 'orders', group: 'billing' },
      failedAtMs: 1_769_860_900_000,
    })
  })

  it('whose errors differ only in numbers has one fingerprint, whoever wrote it', () => {
    const of = (message: string) =>
      readDeadLetter(
        aConsumerRecord({ ...at, headers: { 'x-original-topic': 'o', 'x-error-class': 'E', 'x-error': message } }),
      ).error.fingerprint
    expect(of('order 1 failed')).toBe(of('order 22 failed'))
    expect(of('order 1 failed')).not.toBe(of('user 1 failed'))
  })

  it('is read whatever its headers hold', () => {
    const names = fc.constantFrom(
      'lb-origin-topic',
      'lb-origin-partition',
      'lb-origin-offset',
      'lb-redrive-count',
      'kafka_dlt-original-topic',
      'kafka_dlt-original-partition',
      'kafka_dlt-original-offset',
      'failed-at',
      'exception-type',
      'x',
    )
    const header = fc.record({ name: names, value: fc.option(fc.uint8Array({ maxLength: 9 })) })
    fc.assert(
      fc.property(fc.array(header), (headers) => {
        const letter = readDeadLetter({ ...aConsumerRecord(at), headers })
        expect(letter.redriveCount).toBeGreaterThanOrEqual(0)
        expect(letter.origin.partition ?? 0).toBeGreaterThanOrEqual(0)
        expect(Number.isNaN(letter.failedAtMs)).toBe(false)
      }),
    )
  })
})

describe('a redriven record', () => {
  it.each(Object.entries(foreign))(
    'of %s has lost what was added when it was set aside, and kept its own',
    (_dialect, headers) => {
      const record = aConsumerRecord({ ...at, headers: [own, ...headers] })
      const letter = readDeadLetter(record, { group: 'billing' })
      const redriven = toRedrivenRecord(letter, { plan: { redriveId: 'r', again: false }, kind: 'group', nowMs: 1 })

      expect(redriven.headers.map(({ name }) => name).filter((name) => !name.startsWith('lb-'))).toEqual(['trace'])
      const again = readDeadLetter({ ...record, headers: redriven.headers })
      expect(again).toMatchObject({
        dialect: 'ledgerbus',
        origin: { topic: 'orders', partition: 3, offset: 9_007_199_254_740_993n, group: 'billing' },
        redriveCount: 1,
        redriveOf: 'orders-dlt/1/9',
      })
    },
  )

  it('keeps the marks of a replay, and headers that only look like ours', () => {
    const letter = readDeadLetter(
      aConsumerRecord({
        ...at,
        headers: { 'lb-replay-id': 'p', 'lb-origin-topic': 'orders', 'exception-type': 'mine' },
      }),
    )
    const { headers } = toRedrivenRecord(letter, { plan: { redriveId: 'r', again: false }, kind: 'group', nowMs: 1 })
    expect(headers.map(({ name }) => name)).toEqual(expect.arrayContaining(['lb-replay-id', 'exception-type']))
  })
})
