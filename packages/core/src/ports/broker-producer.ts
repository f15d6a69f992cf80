import type { AppendOutcome, Outcome } from './outcome.ts'
import type { TopicPartition } from './topic-partition.ts'
import type { WaitOptions } from './wait-options.ts'
import type { ProducerRecord } from './record.ts'

/** How patient a producer is. */
export interface BrokerProducerOptions {
  /** How long an append is repeated before its outcome is `unknown`, in milliseconds. @default 60_000 */
  readonly deliveryTimeoutMs?: number
}

/**
 * Appends batches to partitions.
 *
 * The adapter keeps batches of one partition in the order of the calls, has one request in flight a partition, repeats only
 * the identical batch, and never reports `ok` without the leader's answer for exactly this batch. After `unknown` later
 * appends go out through a fresh session, so that a late answer cannot be taken for theirs.
 */
export interface BrokerProducer {
  /** Connects. @throws BrokerError `BROKER_UNREACHABLE`, `BROKER_AUTHENTICATION` */
  start(options?: WaitOptions): Promise<void>
  /** How many partitions a topic has. @throws BrokerError `BROKER_TOPIC_UNKNOWN` (never created on the fly) */
  partitionCount(topic: string, options?: WaitOptions): Promise<number>
  /**
   * Appends records, in order, with consecutive offsets. Never rejects, not even after `close` or an abort: the outcome says it.
   *
   * @param records 1 to 500
   * @param options an abort before the batch was sent is `failed`, after it `unknown`
   */
  append(
    topic: string,
    partition: number,
    records: readonly ProducerRecord[],
    options?: WaitOptions,
  ): Promise<AppendOutcome>
  /** Waits for what is in flight, then disconnects. Idempotent. */
  close(): Promise<void>
}

/** Who a transactional producer is, and how long it may leave a transaction open. */
export interface TransactionalProducerOptions {
  /** Two producers with one id fence each other: the one initialised later wins. */
  readonly transactionalId: string
  /** After which time the broker aborts a transaction left open, in milliseconds. @default 60_000 */
  readonly transactionTimeoutMs?: number
}

/**
 * Appends that become visible together. After any outcome other than `ok`, of an append or of the commit, this producer is used up:
 * `close` it, make a new one under the same id (which settles what is open) and read back how far the last commit got.
 */
export interface TransactionalProducer {
  /** Connects, fences earlier producers of this id and settles their open transaction. */
  start(options?: WaitOptions): Promise<void>
  partitionCount(topic: string, options?: WaitOptions): Promise<number>
  /** One transaction at a time. @throws BrokerError `BROKER_TRANSACTION_UNUSABLE` after an outcome other than `ok` */
  begin(): Promise<Transaction>
  close(): Promise<void>
}

/** One open transaction. Ends with `commit` or `abort`, once. */
export interface Transaction {
  /**
   * Tells the broker which partitions will be appended to, at once and before the records are there: appends then need not. Those to other partitions tell it themselves. Appends nothing, and holds
   * back no readers.
   */
  enlist(partitions: readonly TopicPartition[], options?: WaitOptions): Promise<Outcome>
  append(
    topic: string,
    partition: number,
    records: readonly ProducerRecord[],
    options?: WaitOptions,
  ): Promise<AppendOutcome>
  commit(): Promise<Outcome>
  /** Never rejects: what could not be aborted, the broker aborts at its time-out. */
  abort(): Promise<Outcome>
}
