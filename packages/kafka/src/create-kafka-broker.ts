import type { Broker } from '@ledgerbus/core'
import { createKafkaAdmin } from './admin/kafka-admin.ts'
import type { KafkaBrokerOptions } from './broker-options.ts'
import { checkOptions } from './check-options.ts'
import { registerCodecs } from './client/codecs.ts'
import { createKafkaConsumer } from './consumer/kafka-consumer.ts'
import { createKafkaProducer } from './producer/kafka-producer.ts'
import { createKafkaTransactionalProducer } from './producer/kafka-transactional-producer.ts'
import { createKafkaReader } from './reader/kafka-reader.ts'

/**
 * Apache Kafka behind the broker port, over kafkajs 2.2.4 with its known losses fenced. Connects nothing: each part connects at its `start()`.
 *
 * TLS is on unless all brokers are on this machine, and certificates are always verified.
 *
 * @throws ConfigurationError with every problem of the options
 * @throws BrokerError `BROKER_CLIENT_VERSION` where another version of kafkajs is installed
 */
export function createKafkaBroker(options: KafkaBrokerOptions): Broker {
  const settings = checkOptions(options)
  registerCodecs(settings.codecs)
  return {
    capabilities: { commitMetadata: true, transactions: true, incrementalAssignment: false, staticMembership: false },
    createAdmin: () => createKafkaAdmin(settings),
    createProducer: (producerOptions) => createKafkaProducer(settings, producerOptions),
    createTransactionalProducer: (producerOptions) => createKafkaTransactionalProducer(settings, producerOptions),
    createConsumer: (consumerOptions) => createKafkaConsumer(settings, consumerOptions),
    createReader: () => createKafkaReader(settings),
  }
}
