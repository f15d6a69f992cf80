import {
  type Broker,
  isLedgerbusError,
  type LedgerbusError,
  type Outcome,
  type ProducerRecord,
  type Transaction,
  type TransactionalProducer,
  type WaitOptions,
} from '@ledgerbus/core'
import { bytesOf } from './page-size.ts'

/** A record and where it goes. */
export interface AddressedRecord {
  readonly topic: string
  readonly partition: number
  readonly record: ProducerRecord
}

/** Publishes pages, each in one transaction. After an outcome other than `ok` it has to be opened anew. */
export interface PagePublisher {
  /** Settles what an earlier producer of this id left open, and shuts that one out. Closes its own earlier producer. */
  open(options?: WaitOptions): Promise<void>
  /** Visible together, or not at all; `unknown`: opening anew settles which. */
  publish(page: readonly AddressedRecord[]): Promise<Outcome>
  close(): Promise<void>
}

/** Kafka's default limit of a batch is 1,048,588 bytes; a port's is 500 records. */
const batchBounds = { maxRecords: 500, maxBytes: 750_000 } as const

/** A transaction that a killed run left open holds back readers until the broker ends it. */
const transactionTimeoutMs = 15_000

/** One transactional id a dead-letter topic: of two runs over it the later goes on, and the earlier can publish nothing more. */
export function createPagePublisher(broker: Broker, deadLetterTopic: string): PagePublisher {
  let producer: TransactionalProducer | undefined

  async function close(): Promise<void> {
    await producer?.close()
    producer = undefined
  }

  return {
    async open(options = {}) {
      await close()
      const transactionalId = `ledgerbus-redrive-${deadLetterTopic}`
      producer = broker.createTransactionalProducer({ transactionalId, transactionTimeoutMs })
      await producer.start(options)
    },
    async publish(page) {
      if (producer === undefined) throw new TypeError('a page was published before the publisher was opened')
      const transaction = await begin(producer)
      if ('error' in transaction) return { kind: 'failed', error: transaction.error }
      for (const { topic, partition, records } of batchesOf(page)) {
        const outcome = await transaction.append(topic, partition, records)
        if (outcome.kind === 'ok') continue
        // Also after an unknown append nothing becomes visible: only a commit does that, and none was asked for. An abort without an answer changes
        // nothing: the broker ends the transaction at its time-out, or when the next producer of the id starts.
        await transaction.abort()
        return { kind: 'failed', error: outcome.error }
      }
      return await transaction.commit()
    },
    close,
  }
}

/** Nothing was handed over yet when this fails. */
async function begin(producer: TransactionalProducer): Promise<Transaction | { readonly error: LedgerbusError }> {
  try {
    return await producer.begin()
  } catch (error) {
    if (isLedgerbusError(error)) return { error }
    throw error
  }
}

interface Batch {
  readonly topic: string
  readonly partition: number
  readonly records: ProducerRecord[]
  bytes: number
}

/** Batches of a partition follow one another in the page's order. */
function batchesOf(page: readonly AddressedRecord[]): Batch[] {
  const open = new Map<string, Batch>()
  const batches: Batch[] = []
  for (const { topic, partition, record } of page) {
    const name = `${partition}/${topic}`
    const bytes = bytesOf(record)
    let batch = open.get(name)
    const isFull =
      batch !== undefined &&
      (batch.records.length === batchBounds.maxRecords || batch.bytes + bytes > batchBounds.maxBytes)
    if (batch === undefined || isFull) {
      batch = { topic, partition, records: [], bytes: 0 }
      open.set(name, batch)
      batches.push(batch)
    }
    batch.records.push(record)
    batch.bytes += bytes
  }
  return batches
}
