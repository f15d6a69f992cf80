import { Kafka, logLevel, Partitioners, type Producer as RawProducer } from 'kafkajs'

/** kafkajs as its documentation sets it up, but for what makes the comparison fair: the same acknowledgements and no log lines. */
export function createRawKafka(brokers: readonly string[]): Kafka {
  return new Kafka({ clientId: 'bench-raw', brokers: [...brokers], logLevel: logLevel.NOTHING })
}

export function createRawProducer(brokers: readonly string[]): RawProducer {
  return createRawKafka(brokers).producer({
    idempotent: true,
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  })
}
