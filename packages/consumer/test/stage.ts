import { defineEvent, encodeEnvelope, type Envelope, type EventDefinition, type RecordHeader } from '@ledgerbus/core'
import {
  anEnvelope,
  aRecord,
  createFakeClock,
  createFixedRandom,
  createInMemoryBroker,
  createRecordingLogger,
  type FakeClock,
  type InMemoryBroker,
  type InMemoryBrokerOptions,
  type RecordingLogger,
} from '@ledgerbus/testkit'
import { z } from 'zod'
import type { Consumer } from '../src/consumer.ts'
import type { ConsumerOptions } from '../src/consumer-options.ts'
import { createConsumer } from '../src/create-consumer.ts'
import type { Subscription } from '../src/on.ts'

/** What tests of the consumer subscribe to. Its topic is `orders`, one partition, so that the order of records is known. */
export const OrderCreated = defineEvent('order.created', {
  version: 1,
  description: 'A new order was placed',
  requireActor: false,
  requireEntity: true,
  topic: { name: 'orders', partitions: 1 },
  payload: { after: z.object({ total: z.number() }) },
})

/** What a test appends: an event of a key, bytes as they are, or a tombstone. */
export interface Appended {
  readonly key?: string | null
  readonly total?: number
  readonly envelope?: Partial<Envelope>
  readonly value?: Uint8Array | string | null
  readonly headers?: readonly RecordHeader[]
  readonly topic?: string
  readonly partition?: number
}

/** An in-memory broker with a topic, a fake clock, and consumers of one group. */
export interface Stage {
  readonly broker: InMemoryBroker
  readonly clock: FakeClock
  readonly logger: RecordingLogger
  consumer(subscriptions: readonly Subscription[], options?: Partial<ConsumerOptions>): Consumer
  append(...records: readonly Appended[]): Promise<void>
  /** Where the group stands. */
  committed(topic?: string, partition?: number): Promise<bigint | undefined>
}

export const groupId = 'billing'

export async function createStage(
  definitions: readonly EventDefinition[] = [OrderCreated],
  brokerOptions: InMemoryBrokerOptions = {},
): Promise<Stage> {
  const clock = createFakeClock()
  const logger = createRecordingLogger()
  const broker = createInMemoryBroker({ clock, logger, ...brokerOptions })
  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics(definitions.map((definition) => definition.topic))
  const producer = broker.createProducer()
  await producer.start()

  return {
    broker,
    clock,
    logger,
    consumer: (subscriptions, options = {}) =>
      createConsumer({ broker, groupId, subscriptions, clock, logger, random: createFixedRandom(0.5), ...options }),
    async append(...records) {
      for (const { topic = 'orders', partition = 0, ...record } of records) {
        const outcome = await producer.append(topic, partition, [toRecord(record)])
        if (outcome.kind !== 'ok') throw outcome.error
      }
    },
    async committed(topic = 'orders', partition = 0) {
      const offsets = await admin.groupOffsets(groupId)
      return offsets.find((each) => each.topic === topic && each.partition === partition)?.offset
    },
  }
}

function toRecord({ key = 'o-1', total = 1, envelope = {}, value, headers = [] }: Appended) {
  const bytes = value === undefined ? encodeEnvelope(anEnvelope({ payload: { after: { total } }, ...envelope })) : value
  return { ...aRecord({ key, value: bytes }), headers }
}
