import type { Producer } from 'kafkajs'
import type { KafkaSettings } from '../check-options.ts'
import { type Backoff, backoffMs } from '../client/backoff.ts'
import { createKafkaClient, metadataMaxAgeMs } from '../client/kafka-client.ts'
import { loadKafkaJs } from '../client/kafkajs.ts'
import { readClientError } from '../errors/read-client-error.ts'
import { holdTransactions } from '../patches/transaction-manager.ts'
import { endTimeoutMs, noRetries } from './producer-session.ts'

/** A kafkajs producer that owns its transactional id. */
export interface TransactionSession {
  readonly producer: Producer
  /** Never rejects. */
  end(): Promise<void>
}

/** How long the end of an earlier producer's transaction, or a coordinator that is just starting, is waited for. */
const patienceMs = 30_000
const backoff: Backoff = { firstMs: 100, mostMs: 2_000 }

/**
 * Connects, and takes the id over: whoever had it is fenced, and what it left open is settled. kafkajs would do that only with the first
 * transaction. Rejects with kafkajs's error.
 */
export async function openTransactionSession(
  settings: KafkaSettings,
  {
    transactionalId,
    transactionTimeoutMs,
  }: { readonly transactionalId: string; readonly transactionTimeoutMs: number },
): Promise<TransactionSession> {
  const { clock, random } = settings
  const client = createKafkaClient(settings)
  const producer = client.kafka.producer({
    transactionalId,
    transactionTimeout: transactionTimeoutMs,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    metadataMaxAge: metadataMaxAgeMs,
    createPartitioner: loadKafkaJs().Partitioners.DefaultPartitioner,
    retry: noRetries,
  })
  holdTransactions(producer)
  const end = () => client.end(() => producer.disconnect(), { timeoutMs: endTimeoutMs })
  const startedAtMs = clock.monotonicMs()
  try {
    await producer.connect()
    for (let failures = 1; ; failures += 1) {
      try {
        const empty = await producer.transaction()
        await empty.abort()
        return { producer, end }
      } catch (error) {
        const { retriable, code } = readClientError(error).row
        const isStarting = code === 'BROKER_COORDINATOR_UNAVAILABLE' || code === 'BROKER_TRANSACTION_BUSY'
        if (!retriable || !isStarting || clock.monotonicMs() - startedAtMs > patienceMs) throw error
      }
      await clock.sleep(backoffMs(backoff, failures, random))
    }
  } catch (error) {
    void end()
    throw error
  }
}
