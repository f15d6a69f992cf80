import { describe, expect, it } from 'vitest'
import { loadKafkaJs } from '../client/kafkajs.ts'
import { clientModules } from './client-modules.ts'
import { readOwnFetches, recordsBehind } from './own-fetches.ts'
import { encodeRecord } from './record-encoder.ts'

loadKafkaJs()

interface Exchange {
  readonly request: { readonly apiVersion: number }
  readonly response: { decode(bytes: Buffer): Promise<object>; parse(data: object): Promise<Answer> }
}

interface Answer {
  readonly clientSideThrottleTime: number
  readonly responses: readonly {
    readonly topicName: string
    readonly partitions: readonly { readonly partition: number; readonly preferredReadReplica: number }[]
  }[]
}

interface ClientBatch {
  readonly messages: readonly unknown[]
  isEmpty(): boolean
  isEmptyDueToFiltering(): boolean
  firstOffset(): string | null
  lastOffset(): string
}

type Lookup = (apiKey: number, definition: object) => (request: object) => Exchange

const versions = [4, 5, 6, 7, 8, 9, 10, 11]
const definition = {
  versions,
  protocol: ({ version }: { readonly version: number }) => {
    const { protocol } = clientModules.load('src/protocol/requests/fetch/index') as {
      protocol(options: { readonly version: number }): (request: object) => Exchange
    }
    return protocol({ version })
  },
}

/** A broker as kafkajs makes it, that speaks one version of fetches. */
async function aBroker(version: number) {
  const made: Lookup = () => definition.protocol({ version })
  const broker = { lookupRequest: made }
  const cluster = { findBroker: (): Promise<object> => Promise.resolve(broker) }
  readOwnFetches(cluster, { clusterId: 'c' }, clientModules)
  await cluster.findBroker()
  await cluster.findBroker()
  return { broker, made }
}

const asked = { topics: [{ topic: 'orders', partitions: [{ partition: 3, fetchOffset: '11', maxBytes: 1 }] }] }

/** A batch at the offsets 10 and 11. */
function aBatch(attributes = 0): Buffer {
  const key = Buffer.alloc(4)
  const records = [0, 1].map((offsetDelta) => encodeRecord({ offsetDelta, key, value: `v${offsetDelta}` }).buffer)
  const head = Buffer.alloc(61)
  head.writeBigInt64BE(10n, 0)
  head.writeInt32BE(49 + Buffer.concat(records).length, 8)
  head.writeInt8(2, 16)
  head.writeInt16BE(attributes, 21)
  head.writeInt32BE(1, 23)
  head.writeInt32BE(2, 57)
  return Buffer.concat([head, ...records])
}

/** An answer as the broker writes it in a version. */
function anAnswer(version: number, set: Buffer, errorCode = 0): Buffer {
  const int32 = (value: number) => Buffer.from(Int32Array.of(value).buffer).reverse()
  const int16 = (value: number) => int32(value).subarray(2)
  const int64 = (value: bigint) => Buffer.from(BigInt64Array.of(value).buffer).reverse()
  return Buffer.concat([
    int32(250),
    ...(version >= 7 ? [int16(0), int32(0)] : []),
    int32(1),
    int16(6),
    Buffer.from('orders'),
    int32(1),
    int32(3),
    int16(errorCode),
    int64(100n),
    int64(90n),
    ...(version >= 5 ? [int64(0n)] : []),
    int32(1),
    int64(5n),
    int64(80n),
    ...(version >= 11 ? [int32(2)] : []),
    int32(set.length),
    set,
  ])
}

async function readAnswer(version: number, bytes: Buffer): Promise<Answer> {
  const { broker } = await aBroker(version)
  const { response } = broker.lookupRequest(1, definition)(asked)
  return response.parse(await response.decode(bytes))
}

/** What kafkajs's consumer makes of the answer. */
function toClientBatch(answer: Answer): ClientBatch {
  const Batch = clientModules.load('src/consumer/batch') as new (
    topic: string,
    fetchOffset: string,
    partition: object,
  ) => ClientBatch
  return new Batch('orders', '11', answer.responses[0]?.partitions[0] ?? {})
}

describe('fetches of a consumer of ours', () => {
  it.each(versions)('are read in version %i of the protocol', async (version) => {
    const answer = await readAnswer(version, anAnswer(version, aBatch()))
    const batch = toClientBatch(answer)

    expect(answer).toMatchObject({
      clientSideThrottleTime: version >= 8 ? 250 : 0,
      responses: [{ topicName: 'orders', partitions: [{ partition: 3, highWatermark: '100', errorCode: 0 }] }],
    })
    expect(answer.responses[0]?.partitions[0]?.preferredReadReplica).toBe(version >= 11 ? 2 : -1)
    expect(recordsBehind(batch.messages).records).toMatchObject([
      { cluster: 'c', topic: 'orders', partition: 3, offset: 11n },
    ])
    expect([batch.firstOffset(), batch.lastOffset(), batch.isEmpty()]).toEqual(['11', '11', false])
  })

  it('move the position where there is nothing to hand over', async () => {
    const control = 0x20
    const batch = toClientBatch(await readAnswer(11, anAnswer(11, aBatch(control))))

    expect(batch.messages).toEqual([])
    expect([batch.firstOffset(), batch.lastOffset(), batch.isEmptyDueToFiltering()]).toEqual(['11', '11', true])
  })

  it('move nothing where the answer is empty', async () => {
    const batch = toClientBatch(await readAnswer(11, anAnswer(11, Buffer.alloc(0))))

    expect([batch.isEmpty(), batch.isEmptyDueToFiltering()]).toEqual([true, false])
  })

  it('fail with the error of the broker as those of kafkajs do', async () => {
    await expect(readAnswer(11, anAnswer(11, Buffer.alloc(0), 1))).rejects.toMatchObject({
      name: 'KafkaJSOffsetOutOfRange',
      topic: 'orders',
      partition: 3,
    })
    await expect(readAnswer(11, anAnswer(11, Buffer.alloc(0), 6))).rejects.toMatchObject({
      type: 'NOT_LEADER_FOR_PARTITION',
    })
  })

  it('keep a small share of an answer apart, so that it alone stays in memory while it waits', async () => {
    const bytes = anAnswer(11, aBatch())
    const rest = Buffer.concat([bytes, Buffer.alloc(1_000_000)])
    const [alone] = recordsBehind(toClientBatch(await readAnswer(11, bytes)).messages).records
    const [small] = recordsBehind(toClientBatch(await readAnswer(11, rest)).messages).records

    expect(alone?.value?.buffer).toBe(bytes.buffer)
    expect(small?.value?.buffer).not.toBe(rest.buffer)
    expect(small?.value).toEqual(alone?.value)
  })

  it('are still read after kafkajs connected anew', async () => {
    const { broker, made } = await aBroker(11)
    broker.lookupRequest = (apiKey, each) => made(apiKey, each)
    const { response } = broker.lookupRequest(1, definition)(asked)

    const answer = await response.parse(await response.decode(anAnswer(11, aBatch())))
    expect(recordsBehind(toClientBatch(answer).messages).records).toHaveLength(1)
  })

  it('leave other requests to kafkajs', async () => {
    const make = () => ({}) as Exchange
    const { broker } = await aBroker(11)
    broker.lookupRequest = () => make

    expect(broker.lookupRequest(2, definition)).toBe(make)
  })

  it('are refused in versions without transactions', async () => {
    const { broker } = await aBroker(3)

    expect(() => broker.lookupRequest(1, definition)(asked)).toThrow(
      expect.objectContaining({ code: 'BROKER_UNSUPPORTED' }),
    )
  })

  it('are those of its own cluster only: what kafkajs reads itself stays as it was', async () => {
    const answer = await definition.protocol({ version: 11 })(asked).response.decode(anAnswer(11, aBatch()))

    expect(() => recordsBehind(toClientBatch(answer as Answer).messages)).toThrow(
      expect.objectContaining({ code: 'BROKER_CLIENT_FAULT' }),
    )
    expect(toClientBatch(answer as Answer).messages).toMatchObject([
      { offset: '11', value: Buffer.from('v1'), headers: {} },
    ])
  })
})
