import { createKafkaBroker } from '@ledgerbus/kafka'
import { createProducer } from '@ledgerbus/producer'
import { alternate } from './alternate.ts'
import type { Bench } from './bench.ts'
import { rate, toRatio } from './bench-result.ts'
import { freshTopic } from './fresh-topic.ts'
import { inFlight } from './in-flight.ts'
import { defineOrderPlaced, Order, orders } from './order-placed.ts'
import { createRawProducer } from './raw-kafka.ts'

const singles = 10_000
const many = 50_000
const callsInFlight = 100
const arrayLength = 500

/** What a service would send itself: the same zod check, JSON, and a key. */
function toRawMessage(input: ReturnType<typeof orders>[number]): { key: string; value: string } {
  const after = Order.parse(input.payload.after)
  return { key: input.entityId, value: JSON.stringify({ name: 'order.placed', entity: input.entityId, after }) }
}

/** `publish` and `publishMany` against raw kafkajs, idempotent and acks=all on both sides, validating on both sides. */
export const producerBench: Bench = async ({ kafkaBrokers, runs, progress }) => {
  const broker = createKafkaBroker({ brokers: [...kafkaBrokers], clientId: 'bench' })
  const inputs = orders(many)

  async function ours(work: (publish: ReturnType<typeof publisher>) => Promise<void>): Promise<number> {
    const OrderPlaced = defineOrderPlaced(await freshTopic(broker, 'producer'))
    const producer = createProducer({ broker, source: 'bench', events: [OrderPlaced] })
    await producer.start()
    const started = performance.now()
    await work(publisher(producer, OrderPlaced))
    const seconds = (performance.now() - started) / 1000
    await producer.close()
    return seconds
  }
  async function raw(work: (send: (batch: typeof inputs) => Promise<unknown>) => Promise<void>): Promise<number> {
    const topic = await freshTopic(broker, 'raw-producer')
    const producer = createRawProducer(kafkaBrokers)
    await producer.connect()
    const started = performance.now()
    await work((batch) => producer.send({ topic, acks: -1, messages: batch.map(toRawMessage) }))
    const seconds = (performance.now() - started) / 1000
    await producer.disconnect()
    return seconds
  }

  const one = await alternate(
    runs,
    () => ours(({ publish }) => inFlight(inputs.slice(0, singles), callsInFlight, publish)),
    () => raw((send) => inFlight(inputs.slice(0, singles), callsInFlight, (input) => send([input]))),
    progress,
  )
  const all = await alternate(
    runs,
    () => ours(({ publishMany }) => publishMany(inputs)),
    () =>
      raw(async (send) => {
        for (let from = 0; from < inputs.length; from += arrayLength) await send(inputs.slice(from, from + arrayLength))
      }),
    progress,
  )
  return {
    ratios: { publish_vs_single_sends: toRatio(one), publish_many_vs_arrays: toRatio(all) },
    figures: {
      publish_per_second: rate(singles, one.ours),
      single_sends_per_second: rate(singles, one.peer),
      publish_many_per_second: rate(many, all.ours),
      arrays_of_500_per_second: rate(many, all.peer),
    },
  }
}

function publisher(producer: ReturnType<typeof createProducer>, definition: ReturnType<typeof defineOrderPlaced>) {
  return {
    publish: (input: ReturnType<typeof orders>[number]) => producer.publish(definition, input),
    publishMany: async (inputs: ReturnType<typeof orders>) => {
      await producer.publishMany(definition, inputs)
    },
  }
}
