import {
  type Broker,
  createEnvelope,
  encodeEnvelope,
  eventHeaders,
  partitionOf,
  type ProducerRecord,
  systemClock,
  uuidV7Ids,
} from '@ledgerbus/core'
import { freshTopic } from '../fresh-topic.ts'
import { defineOrderPlaced, type OrderPlaced, orders } from '../order-placed.ts'

const partitions = 6
const recordsAnAppend = 500
const encoder = new TextEncoder()

/** The same few thousand records again and again: encoding a million events anew would take longer than reading them. */
export async function fillBacklog(broker: Broker, count: number, noteLength: number): Promise<OrderPlaced> {
  const definition = defineOrderPlaced(await freshTopic(broker, 'backlog', partitions))
  const producer = broker.createProducer()
  await producer.start()
  const byPartition = recordsByPartition(definition, noteLength)
  await Promise.all(
    byPartition.map(async (records, partition) => {
      const share = Math.floor(count / partitions) + (partition < count % partitions ? 1 : 0)
      for (let left = share; left > 0; left -= recordsAnAppend) {
        const outcome = await producer.append(definition.topic.name, partition, records.slice(0, left))
        if (outcome.kind !== 'ok') throw outcome.error
      }
    }),
  )
  await producer.close()
  return definition
}

function recordsByPartition(definition: OrderPlaced, noteLength: number): readonly (readonly ProducerRecord[])[] {
  const byPartition: ProducerRecord[][] = Array.from({ length: partitions }, () => [])
  for (const input of orders(2 * partitions * recordsAnAppend, noteLength)) {
    const envelope = createEnvelope(definition, input, { source: 'bench', clock: systemClock, ids: uuidV7Ids })
    const key = encoder.encode(input.entityId)
    const records = byPartition[partitionOf(key, partitions)]
    if (records === undefined || records.length === recordsAnAppend) continue
    records.push({
      key,
      value: encodeEnvelope(envelope),
      headers: eventHeaders(envelope, { key: input.entityId }),
      timestampMs: BigInt(systemClock.nowMs()),
    })
  }
  return byPartition
}
