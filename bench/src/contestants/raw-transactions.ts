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
    // In arrays of 500, as we send them: kafkajs takes quadratic time for longer ones.
    for (let at = 0; at < messages.length; at += 500) {
      const part = messages.slice(at, at + 500).map(({ key, value, headers }) => ({
        partition,
        key: key as Buffer,
        value: value as Buffer,
        headers: headers as Record<string, Buffer>,
      }))
      await transaction.send({ topic: target, acks: -1, messages: part })
    }
    await transaction.commit()
  }
  const seconds = (performance.now() - started) / 1_000
  await producer.disconnect()
  return seconds
})
