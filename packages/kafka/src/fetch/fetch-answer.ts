import { ByteReader } from './byte-reader.ts'
import {
  type AbortedTransaction,
  type ClientDecoding,
  type FetchedRecords,
  readRecordBatches,
} from './record-batches.ts'

/** What was asked of a partition. */
export interface FetchAsked {
  /** Id of the cluster, for the coordinates of records. */
  readonly cluster: string
  /** Where the fetch of a partition began. */
  fetchOffset(topic: string, partition: number): bigint
}

/** One partition of an answer. */
export interface FetchedPartition {
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: bigint
  /** -1: none. */
  readonly preferredReadReplica: number
  readonly fetchOffset: bigint
  readonly fetched: FetchedRecords
}

/** An answer to a fetch. */
export interface FetchAnswer {
  /** How long the broker wants to be left alone, in milliseconds. */
  readonly throttleMs: number
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly FetchedPartition[] }[]
}

/** Versions of the answer that {@link readFetchAnswer} reads: since Kafka 0.11, with its transactions. */
export const readableFetchVersions = { least: 4, most: 11 } as const

/** Of an answer, a partition that holds less than this part of it is copied: what waits in a queue must not keep the rest of the answer. */
const worthKeeping = 1 / 16

/** Reads an answer to a fetch (Kafka's `FetchResponse.json`). */
export async function readFetchAnswer(
  bytes: Buffer,
  version: number,
  asked: FetchAsked,
  client: ClientDecoding,
): Promise<FetchAnswer> {
  const reader = new ByteReader(bytes)
  const throttleMs = version >= 8 ? reader.int32() : 0
  // Until then the broker itself held the answer back.
  if (version < 8) reader.at += 4
  // Error and id of a fetch session, which is not in use.
  if (version >= 7) reader.at += 6
  const topics: FetchAnswer['topics'][number][] = []
  for (let topicsLeft = reader.int32(); topicsLeft > 0; topicsLeft -= 1) {
    const topic = reader.string()
    const partitions: FetchedPartition[] = []
    for (let left = reader.int32(); left > 0; left -= 1) {
      partitions.push(await readPartition(reader, version, topic, asked, client))
    }
    topics.push({ topic, partitions })
  }
  return { throttleMs, topics }
}

async function readPartition(
  reader: ByteReader,
  version: number,
  topic: string,
  asked: FetchAsked,
  client: ClientDecoding,
): Promise<FetchedPartition> {
  const partition = reader.int32()
  const errorCode = reader.int16()
  const highWatermark = reader.int64()
  // The last stable offset; from version 5 on the first offset of the log too.
  reader.at += version >= 5 ? 16 : 8
  const aborted: AbortedTransaction[] = []
  for (let left = reader.int32(); left > 0; left -= 1) {
    aborted.push({ producerId: reader.int64(), firstOffset: reader.int64() })
  }
  const preferredReadReplica = version >= 11 ? reader.int32() : -1
  const length = Math.max(0, reader.int32())
  reader.at += length
  const fetchOffset = asked.fetchOffset(topic, partition)
  const whole = reader.bytes.subarray(reader.at - length, reader.at)
  const set = length < reader.bytes.length * worthKeeping ? Buffer.from(whole) : whole
  const fetched = await readRecordBatches(
    set,
    { cluster: asked.cluster, topic, partition },
    fetchOffset,
    aborted,
    client,
  )
  return { partition, errorCode, highWatermark, preferredReadReplica, fetchOffset, fetched }
}
