/**
 * Reads topics to their end and writes what stands in them, a line a record. A process of its own and kafkajs by itself: what is checked must not be read by what
 * is checked, and our adapter changes the kafkajs of its process.
 *
 * Arguments: brokers separated by commas, the file to write, then topics.
 */
import { createHash } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs'
import { bareDigest, recordDigest } from './record-digest.ts'
import type { WitnessedMarks, WitnessedRecord } from './witnessed-record.ts'

const [brokers = '', file = '', ...topics] = process.argv.slice(2)
process.once('disconnect', () => process.exit(1))
const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING, retry: { retries: 20 } })
const out = openSync(file, 'w')

function header(message: KafkaMessage, name: string): string | undefined {
  const value = message.headers?.[name]
  return value === undefined ? undefined : String(Array.isArray(value) ? value[0] : value)
}

/** The client keeps headers in an object: repeated names are lists, and the order of different names is lost. */
function headersOf({ headers = {} }: KafkaMessage): { readonly name: string; readonly value: Uint8Array | null }[] {
  return Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => ({ name, value: typeof value === 'string' ? Buffer.from(value) : (value ?? null) })),
  )
}

/** Read here and not by the platform's own reader of marks: what they say is checked. */
function marksOf(message: KafkaMessage): WitnessedMarks | undefined {
  const replayId = header(message, 'lb-replay-id')
  if (replayId === undefined) return undefined
  const [topic = '', partition, offset] = header(message, 'lb-replay-of')?.split('/') ?? []
  return {
    replayId,
    sequence: Number(header(message, 'lb-replay-seq')),
    mode: header(message, 'lb-replay-mode') ?? '',
    of: { topic, partition: Number(partition), offset: Number(offset) },
    originalTimestampMs: header(message, 'lb-replay-original-time') ?? '',
    groups: header(message, 'lb-replay-groups') ?? '',
    reason: header(message, 'lb-replay-reason') ?? '',
  }
}

function toRecord(topic: string, partition: number, message: KafkaMessage): WitnessedRecord {
  const originTopic = header(message, 'lb-origin-topic')
  const origin = originTopic !== undefined && {
    topic: originTopic,
    partition: Number(header(message, 'lb-origin-partition')),
    offset: Number(header(message, 'lb-origin-offset')),
  }
  const { key, value } = message
  const headers = headersOf(message)
  const marks = marksOf(message)
  return {
    topic,
    partition,
    offset: Number(message.offset),
    key: key?.toString() ?? '',
    event: header(message, 'ce_id') ?? '',
    hash: createHash('sha256')
      .update(value ?? '')
      .digest('hex'),
    timestampMs: message.timestamp,
    isTombstone: value === null,
    digest: recordDigest({ key, value, timestampMs: message.timestamp, headers }),
    bare: bareDigest({ key, value, headers }),
    ...(marks !== undefined && { marks }),
    ...(origin !== false && { origin }),
  }
}

const admin = kafka.admin()
await admin.connect()
const existing = new Set(await admin.listTopics())
const wanted = topics.filter((topic) => existing.has(topic))
/** Partitions that are not read to their end. */
const open = new Map<string, number>()
for (const topic of wanted) {
  for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
    if (Number(high) > 0) open.set(`${topic}/${partition}`, Number(high))
  }
}
await admin.disconnect()

/** By partition, the next offset to be written: nothing is committed, so a client that joins anew begins at the beginning, and what it reads again is no second record. */
const next = new Map<string, number>()

if (open.size > 0) {
  const consumer = kafka.consumer({ groupId: `witness-${process.pid}-${Date.now()}`, maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topics: wanted, fromBeginning: true })
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error)
    })
    const reading = consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch, heartbeat }) => {
        const name = `${batch.topic}/${batch.partition}`
        const end = open.get(name) ?? 0
        const records = batch.messages
          .map((message) => toRecord(batch.topic, batch.partition, message))
          .filter(({ offset }) => offset >= (next.get(name) ?? 0))
        next.set(name, Math.max(next.get(name) ?? 0, (records.at(-1)?.offset ?? -1) + 1))
        writeSync(out, records.map((record) => `${JSON.stringify(record)}\n`).join(''))
        await heartbeat()
        if (Number(batch.lastOffset()) + 1 >= end) open.delete(name)
        if (open.size === 0) resolve()
      },
    })
    reading.catch(reject)
  })
  await consumer.disconnect()
}
closeSync(out)
process.exit(0)
