/**
 * The few requests of Kafka's protocol that tell whether a broker serves: encoded and decoded by hand, because a client
 * library belongs in `@ledgerbus/kafka` alone. Layouts: Kafka's protocol guide, "The Messages", at the versions named here.
 */

/** A request and how to read its answer. */
export interface KafkaRequest<Answer> {
  readonly apiKey: number
  readonly apiVersion: number
  /** Versions with tagged fields have longer headers. */
  readonly flexible: boolean
  readonly body: Buffer
  readonly read: (reader: KafkaReader) => Answer
}

/** Error codes that are looked at by name. */
export const kafkaError = {
  none: 0,
  groupIdNotFound: 69,
  transactionalIdNotFound: 105,
} as const

export interface ClusterMetadata {
  /** Node ids of the brokers that are alive in the cluster's view. */
  readonly nodeIds: readonly number[]
  /** -1 when there is none. */
  readonly controllerId: number
  readonly topics: readonly TopicMetadata[]
}

export interface TopicMetadata {
  readonly error: number
  readonly name: string
  readonly partitions: readonly PartitionMetadata[]
}

export interface PartitionMetadata {
  readonly error: number
  readonly partition: number
  readonly leader: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
}

/** ApiVersions v0: the error code. */
export function apiVersions(): KafkaRequest<number> {
  return { apiKey: 18, apiVersion: 0, flexible: false, body: Buffer.alloc(0), read: (reader) => reader.int16() }
}

/** Metadata v1 of the named topics; of none for an empty list. */
export function metadata(topics: readonly string[]): KafkaRequest<ClusterMetadata> {
  const body = Buffer.concat([int32(topics.length), ...topics.map(string)])
  return { apiKey: 3, apiVersion: 1, flexible: false, body, read: readMetadata }
}

/** FindCoordinator v1: the error code. Asking is what makes a broker create the coordinator's topic. */
export function findCoordinator(key: string, kind: 'group' | 'transaction'): KafkaRequest<number> {
  return {
    apiKey: 10,
    apiVersion: 1,
    flexible: false,
    body: Buffer.concat([string(key), Buffer.from([kind === 'group' ? 0 : 1])]),
    read(reader) {
      reader.skip(4) // throttle time
      return reader.int16()
    },
  }
}

/** DescribeGroups v0 of one group: the error code. A group that does not exist has none. */
export function describeGroup(groupId: string): KafkaRequest<number> {
  return {
    apiKey: 15,
    apiVersion: 0,
    flexible: false,
    body: Buffer.concat([int32(1), string(groupId)]),
    read(reader) {
      reader.skip(4) // number of groups
      return reader.int16()
    },
  }
}

/** DescribeTransactions v0 of one transactional id: the error code. */
export function describeTransaction(transactionalId: string): KafkaRequest<number> {
  return {
    apiKey: 65,
    apiVersion: 0,
    flexible: true,
    body: Buffer.concat([compactLength(1), compactString(transactionalId), noTags]),
    read(reader) {
      reader.skip(4 + 1) // throttle time, number of transactions
      return reader.int16()
    },
  }
}

/** InitProducerId v0 of an idempotent producer: the error code. */
export function initProducerId(): KafkaRequest<number> {
  const noTransactionalId = int16(-1)
  return {
    apiKey: 22,
    apiVersion: 0,
    flexible: false,
    body: Buffer.concat([noTransactionalId, int32(60_000)]),
    read(reader) {
      reader.skip(4) // throttle time
      return reader.int16()
    },
  }
}

/** The request with its header and length, as it goes over the wire. */
export function encodeRequest(request: KafkaRequest<unknown>, correlationId: number): Buffer {
  const frame = Buffer.concat([
    int16(request.apiKey),
    int16(request.apiVersion),
    int32(correlationId),
    string('ledgerbus-local-stack'),
    request.flexible ? noTags : Buffer.alloc(0),
    request.body,
  ])
  return Buffer.concat([int32(frame.length), frame])
}

/** Reads an answer without its length; throws when it belongs to another request. */
export function decodeAnswer<Answer>(request: KafkaRequest<Answer>, correlationId: number, frame: Buffer): Answer {
  const reader = createReader(frame)
  const answered = reader.int32()
  if (answered !== correlationId) throw new Error(`the broker answered request ${answered} instead of ${correlationId}`)
  if (request.flexible) reader.skip(1) // no tagged fields in the header
  return request.read(reader)
}

/** Walks over an answer; throws a RangeError at its end. */
export interface KafkaReader {
  int8(): number
  int16(): number
  int32(): number
  /** `null` reads as an empty string. */
  string(): string
  array<Item>(read: (reader: KafkaReader) => Item): readonly Item[]
  skip(bytes: number): void
}

function createReader(frame: Buffer): KafkaReader {
  let at = 0
  const reader: KafkaReader = {
    int8() {
      at += 1
      return frame.readInt8(at - 1)
    },
    int16() {
      at += 2
      return frame.readInt16BE(at - 2)
    },
    int32() {
      at += 4
      return frame.readInt32BE(at - 4)
    },
    string() {
      const length = Math.max(0, reader.int16())
      at += length
      return frame.toString('utf8', at - length, at)
    },
    array(read) {
      return Array.from({ length: Math.max(0, reader.int32()) }, () => read(reader))
    },
    skip(bytes) {
      at += bytes
    },
  }
  return reader
}

function readMetadata(reader: KafkaReader): ClusterMetadata {
  const nodeIds = reader.array((broker) => {
    const nodeId = broker.int32()
    broker.string() // host
    broker.skip(4) // port
    broker.string() // rack
    return nodeId
  })
  const controllerId = reader.int32()
  const topics = reader.array((topic) => {
    const error = topic.int16()
    const name = topic.string()
    topic.skip(1) // whether it is internal
    return { error, name, partitions: topic.array(readPartition) }
  })
  return { nodeIds, controllerId, topics }
}

function readPartition(reader: KafkaReader): PartitionMetadata {
  return {
    error: reader.int16(),
    partition: reader.int32(),
    leader: reader.int32(),
    replicas: reader.array((replica) => replica.int32()),
    inSync: reader.array((replica) => replica.int32()),
  }
}

const noTags = Buffer.from([0])

function int16(value: number): Buffer {
  const buffer = Buffer.alloc(2)
  buffer.writeInt16BE(value)
  return buffer
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}

function string(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8')
  return Buffer.concat([int16(bytes.length), bytes])
}

/** One more than the length, as a varint; ours are all short. */
function compactLength(length: number): Buffer {
  return Buffer.from([length + 1])
}

function compactString(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8')
  return Buffer.concat([compactLength(bytes.length), bytes])
}
