import type { BrokerAdmin } from './broker-admin.ts'
import type { BrokerConsumer, BrokerConsumerOptions } from './broker-consumer.ts'
import type { BrokerReader } from './broker-reader.ts'
import type {
  BrokerProducer,
  BrokerProducerOptions,
  TransactionalProducer,
  TransactionalProducerOptions,
} from './broker-producer.ts'

/** What a broker can do beyond the contract. Ask these flags, never for the name of an adapter. */
export interface BrokerCapabilities {
  /** A commit can carry metadata that `committed` brings back. */
  readonly commitMetadata: boolean
  /** Several appends can become visible together or not at all. */
  readonly transactions: boolean
  /** A rebalance moves only what has to move; without it, kept partitions are announced as kept. */
  readonly incrementalAssignment: boolean
  /** A member with an `instanceId` keeps its partitions while it is away, until its session is over. */
  readonly staticMembership: boolean
}

/**
 * A broker: where records are appended and from where groups read them. Making one connects nothing; each part connects
 * at its `start()` and lets go at its `close()`.
 *
 * Every fulfilment passes the broker contract suite of `@ledgerbus/testkit`.
 */
export interface Broker {
  readonly capabilities: BrokerCapabilities
  createAdmin(): BrokerAdmin
  createProducer(options?: BrokerProducerOptions): BrokerProducer
  /** @throws BrokerError `BROKER_NOT_CAPABLE` where `capabilities.transactions` is false. */
  createTransactionalProducer(options: TransactionalProducerOptions): TransactionalProducer
  /** @throws BrokerError `BROKER_NOT_CAPABLE` for an `instanceId` where `capabilities.staticMembership` is false. */
  createConsumer(options: BrokerConsumerOptions): BrokerConsumer
  createReader(): BrokerReader
}
