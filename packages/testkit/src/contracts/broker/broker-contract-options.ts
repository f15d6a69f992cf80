import type { Broker, BrokerCapabilities, TopicPartition } from '@ledgerbus/core'

/** How long the suite waits, in milliseconds. The defaults suit a broker in memory; a real one needs more of each. */
export interface BrokerContractPatience {
  /** Deadline of each awaited condition. @default 2_000 */
  readonly timeoutMs?: number
  /** How long nothing may happen before the suite believes that nothing will. @default 20 */
  readonly quietMs?: number
  /** The session time-out of the suite's consumers: the shortest the broker allows. @default 6_000 */
  readonly sessionTimeoutMs?: number
  /** How long a slow `deliver` keeps its batch: longer than a session. @default 20 */
  readonly slowDeliverMs?: number
}

/** What only the broker's own side can do; the port does not offer it. */
export interface BrokerContractControls {
  /** Gives a topic more partitions. */
  readonly addPartitions?: (topic: string, partitions: number) => Promise<void> | void
  /** Removes the records below an offset. */
  readonly deleteRecords?: (partition: TopicPartition, below: bigint) => Promise<void> | void
}

/** What the suite needs to test a broker. */
export interface BrokerContractOptions extends BrokerContractPatience {
  /** Makes the broker, once for the suite; the tests close its parts. */
  readonly makeBroker: () => Broker | Promise<Broker>
  /** What the broker can do: sentences about the rest are left out, and the suite checks that the broker says the same. */
  readonly capabilities: Pick<BrokerCapabilities, 'commitMetadata' | 'transactions' | 'staticMembership'>
  /** The sentences that need a control which is not given are left out. @default none */
  readonly controls?: BrokerContractControls
}
