import type { TopicPartition } from '@ledgerbus/core'
import type { ClientModules } from './client-modules.ts'

interface CoordinatorQuestion {
  readonly groupId: string
  readonly coordinatorType?: number
}

interface Broker {
  readonly nodeId: number
}

/** What kafkajs's manager of a transactional producer asks of the cluster, and what enlisting does. */
interface Cluster {
  readonly retry: unknown
  findGroupCoordinator(asked: CoordinatorQuestion): Promise<Broker>
  /** Connects when it is not connected. */
  findBroker(asked: { readonly nodeId: number }): Promise<Broker>
  findControllerBroker(): Promise<Broker>
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
}

type TopicData = readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number }[] }[]

interface Manager {
  isInitialized(): boolean
  /** Those that the transaction has already are not told again. */
  addPartitionsToTransaction(topics: TopicData): Promise<void>
  commit(): Promise<void>
  abort(): Promise<void>
}

interface ManagerOptions {
  readonly logger: object
  readonly cluster: Cluster
  readonly transactional: boolean
}

type CreateManager = (options: ManagerOptions) => Manager

interface Hold {
  enlist?: (partitions: readonly TopicPartition[]) => Promise<void>
}

/** By the logger of a producer: the only object of its own that kafkajs gives to the producer's manager and to its owner. */
const holds = new WeakMap<object, Hold>()

/** @param producer a transactional one, before its first transaction */
export function holdTransactions(producer: { logger(): object }): void {
  holds.set(producer.logger(), {})
}

/**
 * Tells the coordinator which partitions the open transaction will append to, all in one request; sends to them then ask it nothing more. Metadata that is
 * missing or about to be asked for is fetched before. Rejects with kafkajs's error.
 */
export async function enlistPartitions(
  producer: { logger(): object },
  partitions: readonly TopicPartition[],
): Promise<void> {
  const enlist = holds.get(producer.logger())?.enlist
  if (enlist === undefined) throw new TypeError('the producer was not held before its first transaction')
  await enlist(partitions)
}

/**
 * kafkajs asks who coordinates a transaction before each request about it, and tells the coordinator about one partition at a time, in the send that goes there. Of the
 * eight requests of a transaction of two partitions five are not needed, and none can be made before the records are there.
 *
 * - The coordinator is found once, and again after any error but that it is still ending the former transaction.
 * - The partitions of a transaction can be told beforehand, in one request.
 *
 * A coordinator that moved refuses as one, and did nothing. Producers that are not held behave as kafkajs made them.
 */
export function patchTransactionManager(modules: ClientModules): void {
  const path = 'src/producer/eosManager/index'
  const create = modules.load(path) as CreateManager
  const createHeld: CreateManager = (options) => {
    const hold = options.transactional ? holds.get(options.logger) : undefined
    return hold === undefined ? create(options) : createHeldManager(create, options, hold)
  }
  modules.replace(path, createHeld, ['src/producer/index', 'src/index', 'index'])
}

function createHeldManager(create: CreateManager, options: ManagerOptions, hold: Hold): Manager {
  const { cluster } = options
  let coordinator: number | undefined

  async function findGroupCoordinator(asked: CoordinatorQuestion): Promise<Broker> {
    // What the initialisation asks it repeats by itself, until the right one answers.
    if (!manager.isInitialized()) return cluster.findGroupCoordinator(asked)
    if (coordinator !== undefined) {
      try {
        return await cluster.findBroker({ nodeId: coordinator })
      } catch {
        coordinator = undefined
      }
    }
    const found = await cluster.findGroupCoordinator(asked)
    coordinator = found.nodeId
    return found
  }

  function doubting<Args extends readonly unknown[]>(work: (...args: Args) => Promise<void>) {
    return async (...args: Args): Promise<void> => {
      try {
        await work(...args)
      } catch (error) {
        if ((error as { readonly type?: unknown }).type !== 'CONCURRENT_TRANSACTIONS') coordinator = undefined
        throw error
      }
    }
  }

  const manager = create({
    ...options,
    cluster: {
      retry: cluster.retry,
      findGroupCoordinator,
      findBroker: (asked) => cluster.findBroker(asked),
      findControllerBroker: () => cluster.findControllerBroker(),
      addMultipleTargetTopics: (topics) => cluster.addMultipleTargetTopics(topics),
      refreshMetadataIfNecessary: () => cluster.refreshMetadataIfNecessary(),
    },
  })
  const addPartitionsToTransaction = doubting((topics: TopicData) => manager.addPartitionsToTransaction(topics))
  hold.enlist = async (partitions) => {
    await cluster.addMultipleTargetTopics([...new Set(partitions.map(({ topic }) => topic))])
    await cluster.refreshMetadataIfNecessary()
    await addPartitionsToTransaction(partitions.map(({ topic, partition }) => ({ topic, partitions: [{ partition }] })))
  }
  return {
    ...manager,
    addPartitionsToTransaction,
    commit: doubting(() => manager.commit()),
    abort: doubting(() => manager.abort()),
  }
}
