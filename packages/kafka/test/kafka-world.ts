import { randomUUID } from 'node:crypto'
import type {
  Broker,
  BrokerConsumer,
  BrokerConsumerListener,
  BrokerConsumerOptions,
  BrokerProducer,
  BrokerProducerOptions,
  LedgerbusError,
  ProducerRecord,
  RecordBatch,
  TopicSpec,
} from '@ledgerbus/core'
import { aRecord, createRecordingLogger, eventually, type RecordingLogger } from '@ledgerbus/testkit'
import { expect, onTestFinished } from 'vitest'
import { createKafkaBroker, type KafkaBrokerOptions } from '../src/index.ts'

/** A started consumer and what it was told. */
export interface Reader {
  readonly consumer: BrokerConsumer
  readonly batches: readonly RecordBatch[]
  readonly problems: readonly LedgerbusError[]
  readonly values: () => readonly (string | null)[]
}

/** What a test of the adapter works with: topics and groups of its own, and parts that are closed at its end. */
export interface KafkaWorld {
  readonly broker: Broker
  readonly logger: RecordingLogger
  topic(spec?: Partial<Omit<TopicSpec, 'name'>>): Promise<string>
  producer(options?: BrokerProducerOptions): Promise<BrokerProducer>
  reader(
    options: Partial<BrokerConsumerOptions> & Pick<BrokerConsumerOptions, 'topics'>,
    listener?: Partial<BrokerConsumerListener>,
  ): Promise<Reader>
  append(topic: string, partition: number, records: readonly (ProducerRecord | string)[]): Promise<bigint>
}

function textOf(value: Uint8Array | null): string | null {
  return value === null ? null : new TextDecoder().decode(value)
}

export function createKafkaWorld(options: Omit<KafkaBrokerOptions, 'clientId' | 'logger'>): KafkaWorld {
  const logger = createRecordingLogger()
  const broker = createKafkaBroker({ clientId: 'ledgerbus-test', logger, ...options })

  const world: KafkaWorld = {
    broker,
    logger,
    async topic(spec = {}) {
      const name = `kafka-${randomUUID()}`
      const admin = broker.createAdmin()
      await admin.start()
      // The builders' time is long ago: without this the broker deletes what they made.
      const settings = { 'retention.ms': '-1', ...spec.settings }
      await admin.createTopics([{ partitions: 1, ...spec, name, settings }])
      await admin.close()
      return name
    },
    async producer(producerOptions) {
      const producer = broker.createProducer(producerOptions)
      onTestFinished(() => producer.close())
      await producer.start()
      return producer
    },
    async reader(consumerOptions, listener = {}) {
      const consumer = broker.createConsumer({
        groupId: `group-${randomUUID()}`,
        sessionTimeoutMs: 6_000,
        ...consumerOptions,
      })
      onTestFinished(() => consumer.close())
      const batches: RecordBatch[] = []
      const problems: LedgerbusError[] = []
      await consumer.start({
        ...listener,
        async deliver(batch) {
          batches.push(batch)
          await listener.deliver?.(batch)
        },
        problem: (error) => problems.push(error),
      })
      const values = () => batches.flatMap(({ records }) => records.map(({ value }) => textOf(value)))
      return { consumer, batches, problems, values }
    },
    async append(topic, partition, records) {
      const producer = await world.producer()
      const outcome = await producer.append(
        topic,
        partition,
        records.map((record) => (typeof record === 'string' ? aRecord({ value: record }) : record)),
      )
      expect(outcome).toMatchObject({ kind: 'ok' })
      return outcome.kind === 'ok' ? outcome.baseOffset : -1n
    },
  }
  return world
}

/** Until the expectation holds; real brokers take their time. */
export async function until<Result>(check: () => Result | Promise<Result>, timeoutMs = 30_000): Promise<Result> {
  return eventually(check, { timeoutMs, intervalMs: 50 })
}
