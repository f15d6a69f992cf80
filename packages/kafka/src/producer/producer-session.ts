import type { KafkaSettings } from '../check-options.ts'
import { createKafkaClient, fewRetries, metadataMaxAgeMs } from '../client/kafka-client.ts'
import { loadKafkaJs } from '../client/kafkajs.ts'
import { type Batch, sendOnce, type TryAnswer } from './batch.ts'

/** One kafkajs producer, and with it one idempotent sequence a partition. */
export interface ProducerSession {
  /** One try. kafkajs repeats nothing by itself, so the answer speaks of this try only. */
  send(batch: Batch): Promise<TryAnswer>
  /** Never rejects. */
  end(): Promise<void>
}

/** Longest time a session may take to close its connections. */
export const endTimeoutMs = 2_000

/**
 * No repetition within kafkajs: after some, an error tells the last try only, and whether an earlier one was stored stays hidden. It demands at
 * least one of an idempotent producer; NaN passes that check, and no count of tries is below it.
 */
export const noRetries: typeof fewRetries = { ...fewRetries, retries: Number.NaN }

/** The replicas have less time than kafkajs waits for the leader: an answer that they are late is better than none. */
export function ackTimeoutMs({ requestTimeoutMs }: KafkaSettings): number {
  return Math.max(1, Math.floor(requestTimeoutMs * 0.8))
}

/** Connects a producer. Rejects with kafkajs's error. */
export async function openProducerSession(settings: KafkaSettings): Promise<ProducerSession> {
  const client = createKafkaClient(settings)
  const producer = client.kafka.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    metadataMaxAge: metadataMaxAgeMs,
    createPartitioner: loadKafkaJs().Partitioners.DefaultPartitioner,
    retry: noRetries,
  })
  const end = () => client.end(() => producer.disconnect(), { timeoutMs: endTimeoutMs })
  try {
    await producer.connect()
  } catch (error) {
    void end()
    throw error
  }
  const timeoutMs = ackTimeoutMs(settings)
  return { send: (batch) => sendOnce(producer, batch, timeoutMs), end }
}
