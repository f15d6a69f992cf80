import { type Broker, BrokerError, type Clock, consoleLogger, type Logger, systemClock } from '@ledgerbus/core'
import { type BrokerControls, createBrokerControls } from './broker-controls.ts'
import type { BrokerState } from './broker-state.ts'
import { type ConsumerGroup, createConsumerGroup } from './consumer-group.ts'
import { createFaultPlan } from '../faults/fault-plan.ts'
import { brokerFaultConditions } from './broker-fault.ts'
import { createInMemoryAdmin } from './in-memory-admin.ts'
import { createInMemoryConsumer } from './in-memory-consumer.ts'
import { createInMemoryReader } from './in-memory-reader.ts'
import { createInMemoryProducer } from './in-memory-producer.ts'
import { createInMemoryTransactionalProducer } from './in-memory-transactional-producer.ts'
import { createNetwork } from './network.ts'
import { createTopicStore } from './topic-store.ts'
import { createTransactionCoordinator } from './transaction-coordinator.ts'

/** Options of {@link createInMemoryBroker}. */
export interface InMemoryBrokerOptions {
  /** Names the cluster in coordinates. @default 'in-memory' */
  readonly clusterId?: string
  /** Where every partition begins; beyond 2^53 it finds code that takes offsets for numbers. @default 0n */
  readonly firstOffset?: bigint
  /** Most records of one delivered batch. @default 500 */
  readonly maxRecordsPerBatch?: number
  /**
   * Without `commitMetadata` commits lose their metadata, without `transactions` there are none, and without `staticMembership` an
   * `instanceId` is refused. @default all true
   */
  readonly capabilities?: {
    readonly commitMetadata?: boolean
    readonly transactions?: boolean
    readonly staticMembership?: boolean
  }
  /** For time-outs and pauses; nothing else waits. @default the machine's */
  readonly clock?: Clock
  /** Hears of listeners that threw. @default warnings and errors on stderr */
  readonly logger?: Logger
}

/** A broker in this process, and the handles to make it misbehave. */
export interface InMemoryBroker extends Broker {
  readonly controls: BrokerControls
}

/**
 * A broker without a server: topics, partitions, groups, rebalances and transactions, in memory and at once. It keeps the broker contract
 * as Kafka does, one hand-over less than a microtask away; so a test that passes here fails there only for what a network adds, and
 * `controls` adds much of that.
 *
 * What it does not play: replication, retention by time, quotas, and members that fall silent (`controls.takeAway` does what a
 * lapsed session leads to, and `sessionTimeoutMs` tells only how long a member that closed under an `instanceId` is waited for).
 */
export function createInMemoryBroker(options: InMemoryBrokerOptions = {}): InMemoryBroker {
  const { clock = systemClock, logger = consoleLogger } = options
  const topics = createTopicStore(options.firstOffset ?? 0n)
  const groups = new Map<string, ConsumerGroup>()
  let members = 0

  function group(groupId: string): ConsumerGroup {
    const existing = groups.get(groupId)
    if (existing !== undefined) return existing
    const made = createConsumerGroup(groupId, {
      clock,
      partitionsOf: (topic) => topics.find(topic)?.logs.map((_, partition) => ({ topic, partition })) ?? [],
    })
    groups.set(groupId, made)
    return made
  }

  /** A group exists once it has a member or a commit, not when a consumer names it. */
  function known(): readonly ConsumerGroup[] {
    return [...groups.values()].filter((each) => each.memberCount > 0 || each.offsets().length > 0)
  }

  // As Kafka does: with a topic its committed offsets go, and its readers agree anew.
  topics.onChange((topic) => {
    for (const each of groups.values()) {
      if (topics.find(topic) === undefined) each.forgetTopic(topic)
      if (each.readsTopic(topic)) void each.rebalance()
    }
  })

  const state: BrokerState = {
    clusterId: options.clusterId ?? 'in-memory',
    clock,
    logger,
    keepsCommitMetadata: options.capabilities?.commitMetadata ?? true,
    maxRecordsPerBatch: options.maxRecordsPerBatch ?? 500,
    topics,
    network: createNetwork(),
    faults: createFaultPlan(brokerFaultConditions),
    transactions: createTransactionCoordinator(clock),
    group,
    findGroup: (groupId) => known().find((each) => each.groupId === groupId),
    groupIds: () =>
      known()
        .map((each) => each.groupId)
        .sort(),
    nextMember() {
      members += 1
      return members
    },
  }
  const hasTransactions = options.capabilities?.transactions ?? true
  const hasStaticMembers = options.capabilities?.staticMembership ?? true

  return {
    capabilities: {
      commitMetadata: state.keepsCommitMetadata,
      transactions: hasTransactions,
      incrementalAssignment: false,
      staticMembership: hasStaticMembers,
    },
    createAdmin: () => createInMemoryAdmin(state),
    createProducer: (producerOptions = {}) => createInMemoryProducer(producerOptions, state),
    createTransactionalProducer(producerOptions) {
      if (hasTransactions) return createInMemoryTransactionalProducer(producerOptions, state)
      throw new BrokerError('this in-memory broker was made without transactions', { code: 'BROKER_NOT_CAPABLE' })
    },
    createConsumer(consumerOptions) {
      const isCapable = hasStaticMembers || consumerOptions.instanceId === undefined
      if (isCapable) return createInMemoryConsumer(consumerOptions, state)
      throw new BrokerError('instanceId: this in-memory broker was made without static membership; leave it out', {
        code: 'BROKER_NOT_CAPABLE',
        groupId: consumerOptions.groupId,
      })
    },
    createReader: () => createInMemoryReader(state),
    controls: createBrokerControls(state),
  }
}
