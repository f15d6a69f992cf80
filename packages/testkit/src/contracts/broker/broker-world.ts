import {
  type Broker,
  type BrokerAdmin,
  type BrokerConsumerOptions,
  type BrokerProducer,
  type BrokerProducerOptions,
  type BrokerReader,
  type ProducerRecord,
  systemClock,
  type TopicPartition,
  type TransactionalProducer,
  uuidV7Ids,
} from '@ledgerbus/core'
import { expect, onTestFinished } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { BrokerContractPatience } from './broker-contract-options.ts'
import { type ConsumerProbe, createConsumerProbe, type ProbeBehaviour } from './consumer-probe.ts'

/** What a test of the contract works with: a broker, names of its own, and parts that are closed when the test ends. */
export interface BrokerWorld {
  readonly broker: Broker
  readonly patience: Required<BrokerContractPatience>
  admin(): Promise<BrokerAdmin>
  /** A new topic; its records never expire, however old their timestamps. */
  topic(options?: {
    /** @default one of its own */
    readonly name?: string
    readonly partitions?: number
    readonly settings?: Readonly<Record<string, string>>
  }): Promise<string>
  groupId(): string
  producer(options?: BrokerProducerOptions): Promise<BrokerProducer>
  transactionalProducer(transactionalId: string): Promise<TransactionalProducer>
  /** A started consumer that notes everything it is told. */
  consumer(
    options: Partial<BrokerConsumerOptions> & Pick<BrokerConsumerOptions, 'topics'>,
    behaviour?: ProbeBehaviour,
  ): Promise<ConsumerProbe>
  /** A started reader. */
  reader(): Promise<BrokerReader>
  /** Appends and insists on `ok`. @returns the first offset */
  append(topic: string, partition: number, records: readonly ProducerRecord[]): Promise<bigint>
  /** Waits until the expectation holds. */
  until(check: () => unknown): Promise<void>
  /** Waits as long as it takes to believe that nothing more comes. */
  quiet(): Promise<void>
  end(partition: TopicPartition): Promise<bigint>
}

/** Closes what a test started, whatever became of it; the newest first. */
function closeAtEnd(part: { close(): Promise<void> }): void {
  onTestFinished(() => part.close())
}

export function createBrokerWorld(broker: Broker, patience: Required<BrokerContractPatience>): BrokerWorld {
  let shared: { readonly producer: BrokerProducer } | undefined

  const world: BrokerWorld = {
    broker,
    patience,
    async admin() {
      const admin = broker.createAdmin()
      closeAtEnd(admin)
      await admin.start()
      return admin
    },
    async topic({ name = `contract-${uuidV7Ids.next()}`, partitions = 1, settings = {} } = {}) {
      const admin = await world.admin()
      await admin.createTopics([{ name, partitions, settings: { 'retention.ms': '-1', ...settings } }])
      return name
    },
    groupId: () => `contract-${uuidV7Ids.next()}`,
    async producer(producerOptions) {
      const producer = broker.createProducer(producerOptions)
      closeAtEnd(producer)
      await producer.start()
      return producer
    },
    async transactionalProducer(transactionalId) {
      const producer = broker.createTransactionalProducer({ transactionalId })
      closeAtEnd(producer)
      await producer.start()
      return producer
    },
    async consumer(consumerOptions, behaviour = {}) {
      const consumer = broker.createConsumer({
        groupId: world.groupId(),
        sessionTimeoutMs: patience.sessionTimeoutMs,
        ...consumerOptions,
      })
      closeAtEnd(consumer)
      const probe = createConsumerProbe(consumer, behaviour)
      await consumer.start(probe.listener)
      return probe
    },
    async reader() {
      const reader = broker.createReader()
      closeAtEnd(reader)
      await reader.start()
      return reader
    },
    async append(topic, partition, records) {
      // One producer a test: making one is the slow part on a real broker.
      if (shared === undefined) {
        shared = { producer: await world.producer() }
        onTestFinished(() => {
          shared = undefined
        })
      }
      const outcome = await shared.producer.append(topic, partition, records)
      expect(outcome).toMatchObject({ kind: 'ok' })
      return outcome.kind === 'ok' ? outcome.baseOffset : -1n
    },
    async until(check) {
      await eventually(check, { timeoutMs: patience.timeoutMs, intervalMs: Math.min(50, patience.quietMs) })
    },
    quiet: () => systemClock.sleep(patience.quietMs),
    async end({ topic, partition }) {
      const offsets = await (await world.admin()).topicOffsets(topic)
      return offsets[partition]?.end ?? -1n
    },
  }
  return world
}
