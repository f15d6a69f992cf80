import { describe, expect, it } from 'vitest'
import { loadKafkaJs } from '../client/kafkajs.ts'
import { clientModules } from './client-modules.ts'
import { type HeaderPair, headerPairs } from './header-pairs.ts'
import { encodeRecord } from './record-encoder.ts'

loadKafkaJs()

interface Decoded {
  readonly offset: string
  readonly timestamp: string
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, unknown>>
  readonly [headerPairs]: readonly HeaderPair[]
}

/** Through kafkajs's own modules, as they stand after the patches. */
function decode(bytes: Buffer, context: object = {}): Decoded {
  const Decoder = clientModules.load('src/protocol/decoder') as new (bytes: Buffer) => { readVarIntBytes(): Buffer }
  const decodeRecord = clientModules.load('src/protocol/recordBatch/record/v0/decoder') as (
    decoder: object,
    context: object,
  ) => Decoded
  const body = new Decoder(bytes).readVarIntBytes()
  return decodeRecord(new Decoder(body), {
    firstOffset: '0',
    firstTimestamp: '0',
    magicByte: 2,
    timestampType: 0,
    maxTimestamp: '0',
    ...context,
  })
}

const headers = [
  { key: 'b', value: 'first' },
  { key: '1', value: 'looks like an index' },
  { key: 'b', value: null },
  { key: '__proto__', value: 'x' },
  { key: 'a', value: '' },
  { key: 'b', value: 'third' },
]

describe('headers of a record', () => {
  it('come in their order, with names that return and values that are null', () => {
    const record = decode(encodeRecord({ value: 'v', headers }).buffer)

    expect(record[headerPairs].map(({ key, value }) => ({ key, value: value?.toString() ?? null }))).toEqual(headers)
  })

  it('are for others what kafkajs makes of them', () => {
    const record = decode(encodeRecord({ value: 'v', headers }).buffer)

    expect(Object.keys(record.headers)).toEqual(['1', 'b', '__proto__', 'a'])
    expect(record.headers['b']).toEqual([Buffer.from('first'), null, Buffer.from('third')])
    expect(record.headers['a']).toEqual(Buffer.from(''))
    expect(Object.getPrototypeOf(record.headers)).toBe(Object.prototype)
  })

  it('stand beside offset and time, which may be large', () => {
    const record = decode(encodeRecord({ value: null, offsetDelta: 3, timestampDelta: -5 }).buffer, {
      firstOffset: '9007199254740990',
      firstTimestamp: '1700000000000',
    })

    expect(record).toMatchObject({ offset: '9007199254740993', timestamp: '1699999999995', value: null, headers: {} })
  })

  it('stand beside the time of the broker where the topic keeps that', () => {
    const { LOG_APPEND_TIME } = clientModules.load('src/protocol/timestampTypes') as {
      readonly LOG_APPEND_TIME: number
    }

    expect(
      decode(encodeRecord({ value: 'v' }).buffer, { timestampType: LOG_APPEND_TIME, maxTimestamp: '42' }).timestamp,
    ).toBe('42')
  })
})
