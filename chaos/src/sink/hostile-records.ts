import {
  createEnvelope,
  defineEvent,
  encodeEnvelope,
  type Ids,
  type ProducerRecord,
  type Random,
  type RecordHeader,
  replayHeaders,
  systemClock,
} from '@ledgerbus/core'
import { z } from 'zod'

const ThingCounted = defineEvent('thing.counted', {
  version: 1,
  description: 'What a run of the sink publishes',
  requireActor: false,
  requireEntity: true,
  payload: { after: z.object({ number: z.int(), filling: z.string() }) },
})

/** What makes a record hard to keep. */
export const hostilities = [
  'tombstone',
  'empty value',
  'malformed JSON',
  'invalid UTF-8',
  'NUL',
  'lone surrogate',
  '1e400',
  'depth 10,000',
  'year 1',
  'year 9999',
  'odd headers',
  'framed without a registry',
  'replayed',
  '100 kB',
  'last month',
  'odd Kafka time',
] as const

export type Hostility = (typeof hostilities)[number]

/** Of a thousand records, how many are of each; the others are events as services publish them. Records of other months make an insert one of several parts. */
const perThousand: Readonly<Record<Hostility, number>> = {
  tombstone: 8,
  'empty value': 4,
  'malformed JSON': 6,
  'invalid UTF-8': 6,
  NUL: 5,
  'lone surrogate': 5,
  '1e400': 5,
  'depth 10,000': 0.5,
  'year 1': 4,
  'year 9999': 4,
  'odd headers': 8,
  'framed without a registry': 4,
  replayed: 5,
  '100 kB': 0.3,
  'last month': 5,
  'odd Kafka time': 0.3,
}

/** What a random number from 0 to 1 stands for. */
export function hostilityOf(draw: number): Hostility | undefined {
  let left = draw * 1_000
  return hostilities.find((hostility) => {
    left -= perThousand[hostility]
    return left < 0
  })
}

const dayMs = 86_400_000
/** Kafka times that no clock shows: they would make partitions of the table without end. */
const oddTimesMs = [0n, 1n, 978_307_200_000n, 4_260_211_200_000n, 253_402_300_799_999n]

export interface HostileRecordOptions {
  /** In the whole run: makes every record one of its kind. */
  readonly number: number
  readonly key: string
  readonly random: Random
  readonly ids: Ids
  readonly hostility: Hostility | undefined
  readonly nowMs: number
}

/** A record as somebody might publish it. */
export function makeRecord(options: HostileRecordOptions): ProducerRecord {
  const { number, key, random, hostility, nowMs } = options
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random.next() * items.length)] as Item
  const named = { name: 'chaos-number', value: Buffer.from(String(number)) }
  return {
    key: Buffer.from(key),
    value: valueOf(options),
    headers: [...headersOf(hostility, number), named],
    timestampMs:
      hostility === 'odd Kafka time'
        ? pick(oddTimesMs)
        : BigInt(nowMs - (hostility === 'last month' ? pick([32, 40, 63]) * dayMs : 0)),
  }
}

function valueOf({ number, key, random, ids, hostility }: HostileRecordOptions): Uint8Array | null {
  /** An event, with something in place of its filling's marker. */
  function event(filling = 'x'.repeat(40 + Math.floor(random.next() * 200))): string {
    const input = { entityId: key, payload: { after: { number, filling } } }
    return Buffer.from(
      encodeEnvelope(createEnvelope(ThingCounted, input, { source: 'chaos', clock: systemClock, ids })),
    ).toString()
  }
  const withText = (json: string): Uint8Array => Buffer.from(event('@').replace('"@"', () => json))
  const withTime = (time: string): Uint8Array =>
    Buffer.from(event().replace(/"timestamp":"[^"]*"/, `"timestamp":"${time}"`))

  switch (hostility) {
    case 'tombstone':
      return null
    case 'empty value':
      return new Uint8Array(0)
    case 'malformed JSON':
      return Buffer.from(event().slice(0, -1 - Math.floor(random.next() * 20)))
    case 'invalid UTF-8':
      return Buffer.concat([Buffer.from(event().slice(0, -2)), Buffer.from([0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80])])
    case 'NUL':
      return random.next() < 0.5 ? withText('"a\\u0000b"') : Buffer.from([0x7b, 0, 0, 0x7d])
    case 'lone surrogate':
      return withText('"\\ud800 and \\udfff"')
    case '1e400':
      return withText('1e400')
    case 'depth 10,000':
      return withText('['.repeat(10_000) + ']'.repeat(10_000))
    case 'year 1':
      return withTime('0001-01-01T00:00:00.000Z')
    case 'year 9999':
      return withTime('9999-12-31T23:59:59.999Z')
    case 'framed without a registry':
      return Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), Buffer.from(event())])
    case '100 kB':
      return Buffer.from(event('y'.repeat(100_000)))
    default:
      return Buffer.from(event())
  }
}

function headersOf(hostility: Hostility | undefined, number: number): RecordHeader[] {
  if (hostility === 'replayed') {
    return replayHeaders({
      replayId: '01900000-0000-7000-8000-000000000001',
      sequence: number,
      mode: 'rehandle',
      of: { topic: 'elsewhere', partition: 0, offset: BigInt(number) },
      originalTimestampMs: 1_769_860_800_123n,
    })
  }
  if (hostility !== 'odd headers') return []
  return [
    { name: 'again', value: Buffer.from('1') },
    { name: 'null', value: null },
    { name: '', value: Buffer.from('no name') },
    { name: 'again', value: Buffer.from([0, 0xff, 0xfe]) },
    { name: 'empty', value: new Uint8Array(0) },
    { name: '7', value: Buffer.from('a number for a name') },
  ]
}
