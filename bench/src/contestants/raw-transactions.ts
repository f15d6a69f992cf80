import { readFileSync } from 'node:fs'
import { deserialize } from 'node:v8'
import { Partitioners } from 'kafkajs'
import { createRawKafka } from '../raw-kafka.ts'
import type { RawTransaction, RawTransactionsTask } from './replay-task.ts'
import { serveContestant } from './serve-contestant.ts'

let loaded: { readonly file: string; readonly transactions: readonly RawTransaction[] } | undefined

/** kafkajs alone: the same records, from memory, in transactions of the same size. Nothing is read, decoded, marked or noted. */
serveContestant(async ({ kafkaBrokers, file, target }: RawTransactionsTask): Promise<number> => {
  if (loaded?.file !== file) loaded = { file, transactions: deserialize(readFileSync(file)) as RawTransaction[] }
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
        messages: part.map(({ key, value, headers }) => ({
          partition,
          key: key as Buffer,
          value: value as Buffer,
          headers: headers as Record<string, Buffer>,
        })),
      })
    }
    await transaction.commit()
  }
  const seconds = (performance.now() - started) / 1_000
  await producer.disconnect()
  return seconds
})

type Message = RawTransaction['messages'][number]

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
