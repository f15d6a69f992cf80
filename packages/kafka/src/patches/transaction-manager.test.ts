import { describe, expect, it } from 'vitest'
import { enlistPartitions, holdTransactions, patchTransactionManager } from './transaction-manager.ts'

interface Manager {
  addPartitionsToTransaction(
    topics: readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number }[] }[],
  ): Promise<void>
  initProducerId(): Promise<void>
  commit(): Promise<void>
}

/** A manager in the manner of kafkajs, and a cluster that tells what it was asked. */
function patched({ isHeld = true }: { readonly isHeld?: boolean } = {}) {
  const told: string[] = []
  const state = { coordinator: 1, gone: new Set<number>(), refusal: undefined as string | undefined }
  const cluster = {
    retry: {},
    async findGroupCoordinator({ groupId }: { readonly groupId: string }) {
      told.push(`who coordinates ${groupId}`)
      return { nodeId: state.coordinator }
    },
    async findBroker({ nodeId }: { readonly nodeId: number }) {
      if (state.gone.has(nodeId)) throw new Error('no such broker')
      return { nodeId }
    },
    findControllerBroker: async () => ({ nodeId: 0 }),
    async addMultipleTargetTopics(topics: readonly string[]) {
      told.push(`metadata of ${topics.join(', ')}`)
    },
    async refreshMetadataIfNecessary() {
      told.push('fresh metadata')
    },
  }

  function createManager({
    cluster: given,
  }: {
    readonly cluster: typeof cluster
  }): Manager & { isInitialized(): boolean } {
    let isInitialized = false
    async function send(what: string): Promise<void> {
      const { nodeId } = await given.findGroupCoordinator({ groupId: 'tx' })
      told.push(`${what} to ${nodeId}`)
      const { refusal } = state
      state.refusal = undefined
      if (refusal !== undefined) throw Object.assign(new Error(refusal), { type: refusal })
    }
    return {
      isInitialized: () => isInitialized,
      async initProducerId() {
        await send('initialise')
        isInitialized = true
      },
      addPartitionsToTransaction: (topics) =>
        send(topics.map(({ topic, partitions }) => `add ${topic}/${partitions[0]?.partition}`).join(', ')),
      commit: () => send('commit'),
    }
  }

  let create = createManager
  const replaced: string[] = []
  patchTransactionManager({
    load: () => createManager,
    replace(path, exports, users) {
      create = exports as typeof createManager
      replaced.push(path, ...users)
    },
  })
  const logger = {}
  const producer = { logger: () => logger }
  if (isHeld) holdTransactions(producer)
  const manager = create({ logger, transactional: true, cluster } as unknown as Parameters<typeof createManager>[0])
  return { manager, producer, state, told, replaced }
}

const both = [
  { topic: 'orders', partition: 0 },
  { topic: 'orders', partition: 4 },
  { topic: 'notes', partition: 1 },
]

describe('transactions of a held producer', () => {
  it('find their coordinator once', async () => {
    const { manager, told } = patched()
    await manager.initProducerId()
    told.length = 0

    await manager.commit()
    await manager.commit()
    await manager.commit()

    expect(told).toEqual(['who coordinates tx', 'commit to 1', 'commit to 1', 'commit to 1'])
  })

  it('find it each time while the producer is initialised, which repeats its question by itself', async () => {
    const { manager, told, state } = patched()
    state.refusal = 'NOT_COORDINATOR_FOR_GROUP'
    await expect(manager.initProducerId()).rejects.toThrow('NOT_COORDINATOR')
    state.coordinator = 2

    await manager.initProducerId()

    expect(told.at(-1)).toBe('initialise to 2')
  })

  it('find it again after an error, and when its broker is gone', async () => {
    const { manager, told, state } = patched()
    await manager.initProducerId()
    await manager.commit()

    state.coordinator = 2
    state.refusal = 'NOT_COORDINATOR_FOR_GROUP'
    await expect(manager.commit()).rejects.toThrow('NOT_COORDINATOR')
    await manager.commit()
    expect(told.at(-1)).toBe('commit to 2')
    state.coordinator = 3
    state.gone.add(2)
    await manager.commit()

    expect(told.at(-1)).toBe('commit to 3')
  })

  it('stay with it while it ends the former transaction', async () => {
    const { manager, producer, told, state } = patched()
    await manager.initProducerId()
    await manager.commit()
    told.length = 0

    state.refusal = 'CONCURRENT_TRANSACTIONS'
    await expect(enlistPartitions(producer, both)).rejects.toThrow('CONCURRENT_TRANSACTIONS')
    await manager.commit()

    expect(told).not.toContain('who coordinates tx')
  })

  it('are told their partitions in one request, with metadata at hand for what follows', async () => {
    const { manager, producer, told } = patched()
    await manager.initProducerId()
    await manager.commit()
    told.length = 0

    await enlistPartitions(producer, both)

    expect(told).toEqual([
      'metadata of orders, notes',
      'fresh metadata',
      'add orders/0, add orders/4, add notes/1 to 1',
    ])
  })
})

describe('transactions of another producer', () => {
  it('stay as kafkajs made them', async () => {
    const { manager, producer, told } = patched({ isHeld: false })
    await manager.initProducerId()
    await manager.commit()
    await manager.commit()

    expect(told.filter((one) => one.startsWith('who'))).toHaveLength(3)
    await expect(enlistPartitions(producer, both)).rejects.toThrow('not held')
  })
})

describe('the manager of transactions', () => {
  it('is replaced where kafkajs makes producers', () => {
    expect(patched().replaced).toEqual(['src/producer/eosManager/index', 'src/producer/index', 'src/index', 'index'])
  })
})
