import { createConsumer, on } from '@ledgerbus/consumer'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { z } from 'zod'
import { alternate } from './alternate.ts'
import type { Bench } from './bench.ts'
import { rate, toRatio } from './bench-result.ts'
import { createCountdown } from './countdown.ts'
import { Order } from './order-placed.ts'
import { preload } from './preload.ts'
import { createRawKafka } from './raw-kafka.ts'

const count = 100_000

/** What a service would check itself. */
const RawEvent = z.object({ payload: z.object({ after: Order }) })

/** A no-op handler behind decoding and validation, against kafkajs `eachMessage` that parses and validates the same records. */
export const consumerBench: Bench = async ({ kafkaBrokers, runs, progress }) => {
  const broker = createKafkaBroker({ brokers: [...kafkaBrokers], clientId: 'bench' })
  const OrderPlaced = await preload(broker, 'consumer', count)
  const topic = OrderPlaced.topic.name
  let group = 0

  async function ours(): Promise<number> {
    group += 1
    const countdown = createCountdown(count)
    const consumer = createConsumer({
      broker,
      groupId: `${topic}-ours-${group}`,
      subscriptions: [on(OrderPlaced, () => countdown.one())],
    })
    await consumer.start()
    const seconds = await countdown.seconds
    await consumer.close()
    return seconds
  }

  async function raw(): Promise<number> {
    group += 1
    const countdown = createCountdown(count)
    const consumer = createRawKafka(kafkaBrokers).consumer({ groupId: `${topic}-raw-${group}` })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      partitionsConsumedConcurrently: 6,
      eachMessage: async ({ message }) => {
        if (message.value === null) throw new TypeError('a record without a value')
        RawEvent.parse(JSON.parse(message.value.toString()))
        countdown.one()
      },
    })
    const seconds = await countdown.seconds
    await consumer.disconnect()
    return seconds
  }

  const noop = await alternate(runs, ours, raw, progress)
  return {
    ratios: { noop_vs_eachMessage: toRatio(noop) },
    figures: { ours_per_second: rate(count, noop.ours), each_message_per_second: rate(count, noop.peer) },
  }
}
