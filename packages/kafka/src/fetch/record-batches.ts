import { BrokerError, type ConsumerRecord } from '@ledgerbus/core'
import { ByteReader } from './byte-reader.ts'
import { FetchedRecord, type FetchPlace } from './fetched-record.ts'
import { surveyHeaders } from './header-bytes.ts'

/** The records of one partition in one answer. */
export interface FetchedRecords {
  /** From the fetch offset on, without control records and aborted transactions. */
  readonly records: readonly ConsumerRecord[]
  /** The last offset that the answer settles, whatever stood there; `undefined`: it settles none. */
  readonly lastOffset: bigint | undefined
  /** What the records hold in memory. */
  readonly bytes: number
}

/** A transaction whose records are not to be read. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

/** What is asked of kafkajs: codecs, and the formats before Kafka 0.11. */
export interface ClientDecoding {
  /** @throws kafkajs's error where the codec is missing */
  decompressor(attributes: number): ((bytes: Buffer) => Promise<Buffer>) | undefined
  oldMessages(bytes: Buffer): Promise<readonly OldMessage[]>
}

/** A message of the formats 0 and 1: no headers, no transactions. */
export interface OldMessage {
  readonly offset: string
  readonly timestamp?: string
  readonly key: Buffer | null
  readonly value: Buffer | null
}

interface Batch {
  readonly baseOffset: bigint
  readonly lastOffset: bigint
  readonly attributes: number
  readonly baseTimestampMs: bigint
  readonly maxTimestampMs: bigint
  readonly producerId: bigint
  readonly count: number
}

/** Up to and including the number of records. */
const batchHeaderBytes = 61
/** Of a batch: offset and length, which the length does not count. */
const beforeLength = 12
const magicAt = 16
const logAppendTime = 0x08
const transactional = 0x10
const control = 0x20
const abortMarker = 0

/**
 * Reads the record set of one partition (Kafka's message format 2, `DefaultRecordBatch.java`), from `fetchOffset` on: a batch is stored as a
 * whole and may begin earlier. A batch that the answer cuts off is left for the next fetch.
 *
 * @param aborted of this partition, as the broker names them to readers of committed records
 * @throws BrokerError `BROKER_RECORD_DAMAGED`
 */
export async function readRecordBatches(
  set: Buffer,
  place: FetchPlace,
  fetchOffset: bigint,
  aborted: readonly AbortedTransaction[],
  client: ClientDecoding,
): Promise<FetchedRecords> {
  const records: ConsumerRecord[] = []
  const transactions = followTransactions(aborted)
  let lastOffset: bigint | undefined
  let bytes = set.length
  for (let start = 0; start + magicAt < set.length; ) {
    if (set[magicAt + start] !== 2) {
      // Kept as they were written before Kafka 0.11; newer batches stand behind older ones.
      if (start > 0) break
      return readOldMessages(await client.oldMessages(set), place, fetchOffset, bytes)
    }
    const end = start + beforeLength + set.readInt32BE(start + 8)
    if (end > set.length) break
    if (end < start + batchHeaderBytes) throw damaged(place, set.readBigInt64BE(start))
    const batch = readBatchHeader(set, start)
    const body = set.subarray(start + batchHeaderBytes, end)
    const decompress = client.decompressor(batch.attributes)
    const plain = decompress === undefined ? body : await decompress(body)
    if (plain !== body) bytes += plain.length
    if (transactions.isReadable(batch, plain)) readRecords(plain, batch, place, fetchOffset, records)
    if (batch.lastOffset >= fetchOffset) lastOffset = batch.lastOffset
    start = end
  }
  return { records, lastOffset, bytes }
}

function readBatchHeader(set: Buffer, start: number): Batch {
  const reader = new ByteReader(set, start)
  const baseOffset = reader.int64()
  // Length, leader epoch, magic, checksum.
  reader.at += 13
  const attributes = reader.int16()
  const lastOffset = baseOffset + BigInt(reader.int32())
  const baseTimestampMs = reader.int64()
  const maxTimestampMs = reader.int64()
  const producerId = reader.int64()
  // Epoch and sequence of the producer.
  reader.at += 6
  return { baseOffset, lastOffset, attributes, baseTimestampMs, maxTimestampMs, producerId, count: reader.int32() }
}

/** Which batches are to be read, in their order, as Kafka's own consumer decides it (`CompletedFetch.java`). */
function followTransactions(aborted: readonly AbortedTransaction[]): {
  isReadable(batch: Batch, body: Buffer): boolean
} {
  const ahead = aborted.toSorted((left, right) => (left.firstOffset < right.firstOffset ? -1 : 1))
  const under = new Set<bigint>()
  return {
    isReadable({ attributes, lastOffset, producerId, count }, body) {
      for (let [next] = ahead; next !== undefined && next.firstOffset <= lastOffset; [next] = ahead) {
        under.add(next.producerId)
        ahead.shift()
      }
      if ((attributes & control) !== 0) {
        if (count > 0 && controlType(body) === abortMarker) under.delete(producerId)
        return false
      }
      return (attributes & transactional) === 0 || !under.has(producerId)
    },
  }
}

/** Of a control record, whose key is a version and a type. */
function controlType(body: Buffer): number {
  const reader = new ByteReader(body)
  reader.varint()
  reader.at += 1
  reader.varlong()
  reader.varint()
  const key = reader.view(reader.varint())
  return key === null || key.length < 4 ? -1 : ((key[2] ?? 0) << 8) | (key[3] ?? 0)
}

function readRecords(
  bytes: Buffer,
  batch: Batch,
  place: FetchPlace,
  fetchOffset: bigint,
  records: ConsumerRecord[],
): void {
  const { baseOffset, baseTimestampMs, maxTimestampMs } = batch
  const isBrokerTime = (batch.attributes & logAppendTime) !== 0
  const reader = new ByteReader(bytes)
  let lastDelta = 0n
  // Records of one batch mostly share their millisecond, so also the number that says it.
  let timestampMs = isBrokerTime ? maxTimestampMs : baseTimestampMs
  for (let left = batch.count; left > 0; left -= 1) {
    const length = reader.varint()
    const end = reader.at + length
    if (length < 0 || end > bytes.length) throw damaged(place, baseOffset)
    // Attributes of a record are not in use.
    reader.at += 1
    const delta = reader.varlong()
    const offset = baseOffset + BigInt(reader.varint())
    if (offset < fetchOffset) {
      reader.at = end
      continue
    }
    if (delta !== lastDelta && !isBrokerTime) {
      lastDelta = delta
      timestampMs = baseTimestampMs + delta
    }
    const keyLength = reader.varint()
    if (reader.at + keyLength > end) throw damaged(place, offset)
    const key = reader.view(keyLength)
    const valueLength = reader.varint()
    if (reader.at + valueLength > end) throw damaged(place, offset)
    const value = reader.view(valueLength)
    const headersAt = reader.at
    const survey = surveyHeaders(reader, end)
    if (survey === 'damaged') throw damaged(place, offset)
    const isMarked = survey === 'marked'
    records.push(
      new FetchedRecord(place, { offset, timestampMs, key, value, bytes, headersAt, isMarked, byteLength: length }),
    )
  }
}

function readOldMessages(
  messages: readonly OldMessage[],
  place: FetchPlace,
  fetchOffset: bigint,
  bytes: number,
): FetchedRecords {
  const records = messages
    .map(({ offset, timestamp, key, value }) => ({
      ...place,
      offset: BigInt(offset),
      timestampMs: BigInt(timestamp ?? -1),
      key: toBytes(key),
      value: toBytes(value),
      headers: [],
    }))
    .filter(({ offset }) => offset >= fetchOffset)
  return { records, lastOffset: records.at(-1)?.offset, bytes }
}

/** A Buffer is a Uint8Array whose `slice`, `toString` and JSON differ; the port promises plain bytes. */
function toBytes(buffer: Buffer | null): Uint8Array | null {
  return buffer === null ? null : new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}

function damaged({ topic, partition }: FetchPlace, offset: bigint): BrokerError {
  const where = `${topic}/${partition}`
  return new BrokerError(
    `${where}: what is stored at offset ${offset} is no record; check the disks of the brokers, and compare another replica`,
    { code: 'BROKER_RECORD_DAMAGED', topic, partition, retriable: true },
  )
}
