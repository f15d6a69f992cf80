import {
  type AppendOutcome,
  type Broker,
  isLedgerbusError,
  type LedgerbusError,
  type NotOk,
  type ProducerRecord,
  type WaitOptions,
} from '@ledgerbus/core'
import { ReplayError } from '../replay-error.ts'
import type { ReplayedRecord } from './replayed-record.ts'

/** What became of a page's records; the three counts add up to the page. */
export interface PageOutcome {
  readonly published: number
  /** Certainly not visible to readers of committed records. */
  readonly failed: number
  readonly unknown: number
  /** Present unless all were published. */
  readonly error?: LedgerbusError
}

/** Publishes pages, one at a time. After an outcome with an error it is used up. */
export interface PagePublisher {
  start(options?: WaitOptions): Promise<void>
  /** @throws BrokerError `BROKER_TOPIC_UNKNOWN` */
  partitionCount(topic: string): Promise<number>
  /** Never rejects. */
  publish(page: readonly ReplayedRecord[]): Promise<PageOutcome>
  close(): Promise<void>
}

/** Pages in transactions where the broker has them; else batch by batch. */
export function createPagePublisher(broker: Broker, replayId: string): PagePublisher {
  return broker.capabilities.transactions ? inTransactions(broker, replayId) : inBatches(broker)
}

interface Batch {
  readonly topic: string
  readonly partition: number
  readonly records: ProducerRecord[]
}

/** One batch a partition, each in the page's order. */
function batchesOf(page: readonly ReplayedRecord[]): Batch[] {
  const batches = new Map<string, Batch>()
  for (const { topic, partition, record } of page) {
    const name = `${partition}/${topic}`
    const batch = batches.get(name) ?? { topic, partition, records: [] }
    batch.records.push(record)
    batches.set(name, batch)
  }
  return [...batches.values()]
}

/** Two runs of one replay share the transactional id: the later fences the earlier, which can then publish nothing more. */
function inTransactions(broker: Broker, replayId: string): PagePublisher {
  const producer = broker.createTransactionalProducer({ transactionalId: `ledgerbus-replay-${replayId}` })

  async function publish(page: readonly ReplayedRecord[]): Promise<PageOutcome> {
    const transaction = await producer.begin()
    for (const { topic, partition, records } of batchesOf(page)) {
      const outcome = await transaction.append(topic, partition, records)
      if (outcome.kind === 'ok') continue
      // Also after an unknown append nothing becomes visible: only a commit does that, and none was asked for. An abort
      // without an answer changes nothing: the broker ends the transaction at its time-out.
      await transaction.abort()
      return { published: 0, failed: page.length, unknown: 0, error: outcome.error }
    }
    const committed = await transaction.commit()
    switch (committed.kind) {
      case 'ok':
        return { published: page.length, failed: 0, unknown: 0 }
      case 'failed':
        return { published: 0, failed: page.length, unknown: 0, error: committed.error }
      case 'unknown':
        return { published: 0, failed: 0, unknown: page.length, error: committed.error }
    }
  }

  return {
    start: (options) => producer.start(options),
    partitionCount: (topic) => producer.partitionCount(topic),
    publish: (page) => publish(page).catch((error: unknown) => notBegun(page, error)),
    close: () => producer.close(),
  }
}

/** Without transactions a page may go out in part, and the counts say so. */
function inBatches(broker: Broker): PagePublisher {
  const producer = broker.createProducer()

  async function publish(page: readonly ReplayedRecord[]): Promise<PageOutcome> {
    let published = 0
    for (const { topic, partition, records } of batchesOf(page)) {
      const outcome: AppendOutcome = await producer.append(topic, partition, records)
      if (outcome.kind !== 'ok') return inPart(page.length, published, records.length, outcome)
      published += records.length
    }
    return { published, failed: 0, unknown: 0 }
  }

  return {
    start: (options) => producer.start(options),
    partitionCount: (topic) => producer.partitionCount(topic),
    publish,
    close: () => producer.close(),
  }
}

function inPart(page: number, published: number, batch: number, outcome: NotOk): PageOutcome {
  const unknown = outcome.kind === 'unknown' ? batch : 0
  return { published, failed: page - published - unknown, unknown, error: outcome.error }
}

/** The port lets only `begin` reject; then nothing of the page was handed over. */
function notBegun(page: readonly ReplayedRecord[], error: unknown): PageOutcome {
  const known = isLedgerbusError(error)
    ? error
    : new ReplayError('the page could not be begun', { code: 'REPLAY_PUBLISH_FAILED', cause: error })
  return { published: 0, failed: page.length, unknown: 0, error: known }
}
