import { BrokerError } from '@ledgerbus/core'
import {
  type FetchAnswer,
  type FetchedPartition,
  readableFetchVersions,
  readFetchAnswer,
} from '../fetch/fetch-answer.ts'
import type { ClientDecoding, FetchedRecords, OldMessage } from '../fetch/record-batches.ts'
import type { ClientModules } from './client-modules.ts'

/** Where a stand-in for records keeps them. */
const fetchedRecords: unique symbol = Symbol('fetched records')

/** What kafkajs gets in the place of records: offsets at which the answer begins and ends, and whether there is anything to hand over. */
interface StandIn {
  readonly offset: string
  readonly isControlRecord: boolean
  readonly [fetchedRecords]: FetchedRecords
}

/** The records that stand behind what kafkajs hands over. */
export function recordsBehind(messages: readonly unknown[]): FetchedRecords {
  const [first] = messages as readonly Partial<StandIn>[]
  const records = first?.[fetchedRecords]
  if (records === undefined) {
    throw new BrokerError('kafkajs handed over records that were not read by this adapter', {
      code: 'BROKER_CLIENT_FAULT',
    })
  }
  return records
}

interface FetchRequest {
  readonly topics: readonly {
    readonly topic: string
    readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string }[]
  }[]
}

interface Exchange {
  readonly request: { readonly apiVersion: number }
  readonly response: { decode(bytes: Buffer): Promise<object>; parse(data: object): Promise<object> }
}

type MakeExchange = (request: FetchRequest) => Exchange
type Lookup = (apiKey: number, definition: object) => MakeExchange

/** A broker as kafkajs knows it, of one cluster of one client. */
interface ClientBroker {
  lookupRequest: Lookup
}

/** The part of kafkajs's cluster that finds brokers. */
export interface BrokerFinder {
  findBroker(node: { readonly nodeId: string }): Promise<object>
}

const fetchKey = 1

/**
 * Lets the fetches of one cluster, and so of one consumer, be read by this adapter. kafkajs makes of every record an object with texts for
 * numbers, of every header a copy of all before it (10,000 of them block the loop for 16 seconds and end the session of a consumer),
 * loses their order, joins those of one name, and lets records of an aborted transaction through behind one whose key is four zero bytes.
 *
 * kafkajs sees where an answer begins and ends, and whether it holds records; that is all it needs. Nothing of kafkajs itself is changed,
 * so other consumers in the process are neither faster nor slower.
 */
export function readOwnFetches(
  cluster: BrokerFinder,
  options: { readonly clusterId: string },
  modules: ClientModules,
): void {
  const client = clientDecoding(modules)
  const own = new WeakSet<object>()
  const find = cluster.findBroker.bind(cluster)
  cluster.findBroker = async (node) => {
    const broker = await find(node)
    if (!own.has(broker)) {
      own.add(broker)
      readFetchesOf(broker as ClientBroker, options.clusterId, client)
    }
    return broker
  }
}

/** kafkajs puts a new lookup into the broker with each connection. */
function readFetchesOf(broker: ClientBroker, clusterId: string, client: ClientDecoding): void {
  let original = broker.lookupRequest
  const lookup: Lookup = (apiKey, definition) => {
    const make = original(apiKey, definition)
    return apiKey === fetchKey ? (request) => withOwnReading(make(request), request, clusterId, client) : make
  }
  Object.defineProperty(broker, 'lookupRequest', {
    get: () => lookup,
    set(renewed: Lookup) {
      original = renewed
    },
  })
}

function withOwnReading(exchange: Exchange, asked: FetchRequest, cluster: string, client: ClientDecoding): Exchange {
  const { apiVersion } = exchange.request
  if (apiVersion < readableFetchVersions.least || apiVersion > readableFetchVersions.most) {
    throw new BrokerError(`the broker offers version ${apiVersion} of fetches; Kafka 0.11 or later is needed`, {
      code: 'BROKER_UNSUPPORTED',
    })
  }
  const fetchOffsets = new Map<string, bigint>()
  for (const { topic, partitions } of asked.topics) {
    for (const { partition, fetchOffset } of partitions) fetchOffsets.set(`${topic}/${partition}`, BigInt(fetchOffset))
  }
  const fetchOffset = (topic: string, partition: number) => fetchOffsets.get(`${topic}/${partition}`) ?? 0n
  return {
    ...exchange,
    response: {
      decode: async (bytes) =>
        toClientAnswer(await readFetchAnswer(bytes, apiVersion, { cluster, fetchOffset }, client)),
      parse: exchange.response.parse,
    },
  }
}

function toClientAnswer({ throttleMs, topics }: FetchAnswer): object {
  return {
    throttleTime: 0,
    clientSideThrottleTime: throttleMs,
    responses: topics.map(({ topic, partitions }) => ({
      topicName: topic,
      partitions: partitions.map((fetched) => ({
        partition: fetched.partition,
        errorCode: fetched.errorCode,
        highWatermark: fetched.highWatermark.toString(),
        preferredReadReplica: fetched.preferredReadReplica,
        messages: standIns(fetched),
      })),
    })),
  }
}

/** The first stands for the records, the second for the end of the answer: kafkajs goes on behind the last one, and hides control records. */
function standIns({ fetchOffset, fetched }: FetchedPartition): readonly StandIn[] {
  const { records, lastOffset } = fetched
  if (lastOffset === undefined) return []
  return [
    { offset: fetchOffset.toString(), isControlRecord: records.length === 0, [fetchedRecords]: fetched },
    { offset: lastOffset.toString(), isControlRecord: true, [fetchedRecords]: fetched },
  ]
}

function clientDecoding(modules: ClientModules): ClientDecoding {
  const { lookupCodecByAttributes } = modules.load('src/protocol/message/compression') as {
    lookupCodecByAttributes(attributes: number): { decompress(bytes: Buffer): Promise<Buffer> } | null
  }
  const Decoder = modules.load('src/protocol/decoder') as new (bytes: Buffer) => object
  const decodeMessageSet = modules.load('src/protocol/messageSet/decoder') as (
    decoder: object,
    size: number,
  ) => Promise<readonly OldMessage[]>
  return {
    decompressor(attributes) {
      const codec = lookupCodecByAttributes(attributes)
      return codec === null ? undefined : (bytes) => codec.decompress(bytes)
    },
    oldMessages: (bytes) => decodeMessageSet(new Decoder(bytes), bytes.length),
  }
}
