import type { BrokerConsumerOptions, BrokerProducer, BrokerProducerOptions } from '@ledgerbus/core'
import {
  createInMemoryBroker,
  type InMemoryBroker,
  type InMemoryBrokerOptions,
} from '../src/broker/create-in-memory-broker.ts'
import { type ConsumerProbe, createConsumerProbe, type ProbeBehaviour } from '../src/contracts/broker/consumer-probe.ts'
import { createFakeClock, type FakeClock } from '../src/fakes/fake-clock.ts'

/** What the tests of the in-memory broker work with. */
export interface InMemoryWorld {
  readonly clock: FakeClock
  readonly broker: InMemoryBroker
  /** A started consumer of `orders` in the group `billing`. */
  consumer(options?: Partial<BrokerConsumerOptions>, behaviour?: ProbeBehaviour): Promise<ConsumerProbe>
  /** A started producer. */
  producer(options?: BrokerProducerOptions): Promise<BrokerProducer>
}

/** A broker with the topic `orders` of two partitions, on a clock that stands still. */
export async function anInMemoryWorld(options: InMemoryBrokerOptions = {}): Promise<InMemoryWorld> {
  const clock = createFakeClock()
  const broker = createInMemoryBroker({ clock, ...options })
  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics([{ name: 'orders', partitions: 2 }])
  return {
    clock,
    broker,
    async consumer(consumerOptions = {}, behaviour = {}) {
      const consumer = broker.createConsumer({ groupId: 'billing', topics: ['orders'], ...consumerOptions })
      const probe = createConsumerProbe(consumer, behaviour)
      await consumer.start(probe.listener)
      await clock.advance(0)
      return probe
    },
    async producer(producerOptions) {
      const producer = broker.createProducer(producerOptions)
      await producer.start()
      return producer
    },
  }
}
