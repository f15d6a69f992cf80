import { readFileSync } from 'node:fs'
import { deserialize } from 'node:v8'
import { Partitioners } from 'kafkajs'
import { createRawKafka } from '../raw-kafka.ts'
import type { RawTransaction, RawTransactionsTask } from './replay-task.ts'
import { serveContestant } from './serve-contestant.ts'

interface Message {
  readonly key: Buffer
  readonly value: Buffer
  readonly headers: Record<string, Buffer>
}

interface Loaded {
  readonly partition: number
  readonly messages: readonly Message[]
}

let loaded: { readonly file: string; readonly transactions: readonly Loaded[] } | undefined

/** kafkajs alone: the same records, from memory, in transactions of the same size. Nothing is read, decoded, marked or noted. */
serveContestant(async ({ kafkaBrokers, file, target }: RawTransactionsTask): Promise<number> => {
  if (loaded?.file !== file) loaded = { file, transactions: load(file) }
  const producer = createRawKafka(kafkaBrokers).producer({
    transactionalId: `bench-raw-${target}`,
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  })
  await producer.connect()
  const started = performance.now()
  for (const { partition, messages } of loaded.transactions) {
    const transaction = await producer.transaction()
    // As we send them: kafkajs takes quadratic time for longer arrays, and Kafka refuses batches above a megabyte.
    for (const part of arraysOf(messages)) {
      await transaction.send({
        topic: target,
        acks: -1,
        messages: part.map((message) => ({ ...message, partition })),
      })
    }
    await transaction.commit()
  }
  const seconds = (performance.now() - started) / 1_000
  await producer.disconnect()
  return seconds
})

/** kafkajs takes a `Uint8Array` for a list of numbers and sends its text. */
function load(file: string): Loaded[] {
  const transactions = deserialize(readFileSync(file)) as RawTransaction[]
  return transactions.map(({ partition, messages }) => ({
    partition,
    messages: messages.map(({ key, value, headers }) => ({
      key: Buffer.from(key),
      value: Buffer.from(value),
      headers: Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, Buffer.from(bytes)])),
    })),
  }))
}

function* arraysOf(messages: readonly Message[]): Generator<readonly Message[]> {
  let from = 0
  let bytes = 0
  for (const [index, message] of messages.entries()) {
    const size = bytesOf(message)
    if (index > from && (index - from === 500 || bytes + size > 750_000)) {
      yield messages.slice(from, index)
      from = index
      bytes = 0
    }
    bytes += size
  }
  yield messages.slice(from)
}

function bytesOf({ key, value, headers }: Message): number {
  const ofHeaders = Object.entries(headers).reduce((sum, [name, bytes]) => sum + name.length + bytes.length + 8, 0)
  return key.length + value.length + ofHeaders + 64
}
