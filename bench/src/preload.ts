import type { Broker } from '@ledgerbus/core'
import { createProducer } from '@ledgerbus/producer'
import { freshTopic } from './fresh-topic.ts'
import { defineOrderPlaced, type OrderPlaced, orders } from './order-placed.ts'

const chunk = 20_000

/** Publishes the benchmark's orders to a topic of their own. */
export async function preload(broker: Broker, name: string, count: number): Promise<OrderPlaced> {
  const definition = defineOrderPlaced(await freshTopic(broker, name))
  const producer = createProducer({ broker, source: 'bench', events: [definition] })
  await producer.start()
  const inputs = orders(chunk)
  for (let left = count; left > 0; left -= chunk) {
    await producer.publishMany(definition, inputs.slice(0, Math.min(left, chunk)))
  }
  await producer.close()
  return definition
}
