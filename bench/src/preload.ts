import type { Broker, EventInput } from '@ledgerbus/core'
import { createProducer } from '@ledgerbus/producer'
import { freshTopic } from './fresh-topic.ts'
import { defineOrderPlaced, type OrderPlaced, orders } from './order-placed.ts'

const chunk = 20_000

export interface PreloadOptions {
  /** @default 6 */
  readonly partitions?: number
  /** Published in turn, again and again. @default the benchmark's orders */
  readonly inputs?: readonly EventInput<OrderPlaced>[]
}

/** Publishes orders to a topic of their own. */
export async function preload(
  broker: Broker,
  name: string,
  count: number,
  { partitions, inputs = orders(chunk) }: PreloadOptions = {},
): Promise<OrderPlaced> {
  const definition = defineOrderPlaced(await freshTopic(broker, name, partitions))
  const producer = createProducer({ broker, source: 'bench', events: [definition] })
  await producer.start()
  for (let done = 0; done < count; ) {
    const from = done % inputs.length
    const size = Math.min(chunk, count - done, inputs.length - from)
    await producer.publishMany(definition, inputs.slice(from, from + size))
    done += size
  }
  await producer.close()
  return definition
}
