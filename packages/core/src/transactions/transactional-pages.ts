import { isLedgerbusError, type LedgerbusError } from '../errors/ledgerbus-error.ts'
import type { Broker } from '../ports/broker.ts'
import type { Transaction, TransactionalProducer } from '../ports/broker-producer.ts'
import type { AppendOutcome, Outcome } from '../ports/outcome.ts'
import type { TopicPartition } from '../ports/topic-partition.ts'
import type { WaitOptions } from '../ports/wait-options.ts'
import { type AddressedRecord, batchesOf, type RecordBatchToAppend } from './batches-of.ts'

/** Publishes pages of records, each in one transaction. After an outcome other than `ok` it has to be opened anew. */
export interface TransactionalPages {
  /** Settles what an earlier producer of this id left open, and shuts that one out. Closes its own earlier producer. */
  open(options?: WaitOptions): Promise<void>
  /** Visible together, or not at all; `unknown`: opening anew settles which. Never rejects for what a broker does. */
  publish(page: readonly AddressedRecord[], options?: PublishPageOptions): Promise<Outcome>
  close(): Promise<void>
}

/** Options of one page. */
export interface PublishPageOptions {
  /**
   * Called once the transaction is open and knows the partitions of the page: what it resolves with goes out in place of the page, at once and with no question before it. For records that have to go
   * out at a certain moment, and bear it; the transaction's time runs meanwhile, so it may take a part of a second. What it rejects with is passed on, and nothing is visible then.
   */
  readonly whenOpen?: () => Promise<readonly AddressedRecord[]>
}

/** A transaction that a killed producer left open holds back readers of committed records until the broker ends it. */
const transactionTimeoutMs = 15_000

/**
 * Pages under one transactional id: of two that use it the later goes on, and the earlier can publish nothing more.
 *
 * A producer is used up by anything but `ok`: what it sent may arrive late, and only a new producer of the id, whose epoch is higher, keeps that out of the next transaction.
 */
export function createTransactionalPages(broker: Broker, transactionalId: string): TransactionalPages {
  let producer: TransactionalProducer | undefined

  async function close(): Promise<void> {
    await producer?.close()
    producer = undefined
  }

  return {
    async open(options = {}) {
      await close()
      producer = broker.createTransactionalProducer({ transactionalId, transactionTimeoutMs })
      await producer.start(options)
    },
    async publish(page, { whenOpen } = {}) {
      if (producer === undefined) throw new TypeError('a page was published before the pages were opened')
      const transaction = await begin(producer)
      if ('error' in transaction) return { kind: 'failed', error: transaction.error }
      const refused = await appendOnceOpen(transaction, page, whenOpen)
      if (refused === undefined) return await transaction.commit()
      // Also after an unknown append nothing becomes visible: only a commit does that, and none was asked for. An abort without an answer changes
      // nothing: the broker ends the transaction at its time-out, or when the next producer of the id starts.
      await transaction.abort()
      return { kind: 'failed', error: refused }
    },
    close,
  }
}

/** @returns why the page is not in the transaction */
async function appendOnceOpen(
  transaction: Transaction,
  page: readonly AddressedRecord[],
  whenOpen: PublishPageOptions['whenOpen'],
): Promise<LedgerbusError | undefined> {
  const enlisted = await transaction.enlist(partitionsOf(page))
  if (enlisted.kind !== 'ok') return enlisted.error
  let records = page
  try {
    if (whenOpen !== undefined) records = await whenOpen()
  } catch (error) {
    await transaction.abort()
    throw error
  }
  return await appendAll(transaction, batchesOf(records))
}

function partitionsOf(page: readonly AddressedRecord[]): readonly TopicPartition[] {
  return [...new Map(page.map(({ topic, partition }) => [`${partition}/${topic}`, { topic, partition }])).values()]
}

/** Partitions side by side, the batches of each in turn. @returns the first error */
async function appendAll(
  transaction: Transaction,
  batches: readonly RecordBatchToAppend[],
): Promise<LedgerbusError | undefined> {
  const queues = new Map<string, RecordBatchToAppend[]>()
  for (const batch of batches) {
    const name = `${batch.partition}/${batch.topic}`
    const queue = queues.get(name)
    if (queue === undefined) queues.set(name, [batch])
    else queue.push(batch)
  }
  let error: LedgerbusError | undefined
  await Promise.all(
    [...queues.values()].map(async (queue) => {
      for (const { topic, partition, records } of queue) {
        if (error !== undefined) return
        const outcome: AppendOutcome = await transaction.append(topic, partition, records)
        if (outcome.kind !== 'ok') error ??= outcome.error
      }
    }),
  )
  return error
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
