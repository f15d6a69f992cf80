import { beforeAll, describe, expect, it } from 'vitest'
import { adminSentences } from './broker/admin-sentences.ts'
import type { BrokerContractOptions } from './broker/broker-contract-options.ts'
import { type BrokerWorld, createBrokerWorld } from './broker/broker-world.ts'
import { closeSentences } from './broker/close-sentences.ts'
import { commitMetadataSentences } from './broker/commit-sentences.ts'
import { deliverySentences } from './broker/delivery-sentences.ts'
import { groupSentences } from './broker/group-sentences.ts'
import { listenerSentences } from './broker/listener-sentences.ts'
import { producerSentences } from './broker/producer-sentences.ts'
import { rangeSentences } from './broker/range-sentences.ts'
import { readerSentences, transactionReaderSentences } from './broker/reader-sentences.ts'
import { staticMemberSentences } from './broker/static-member-sentences.ts'
import { transactionSentences } from './broker/transaction-sentences.ts'

/**
 * The broker contract: what every fulfilment of the `Broker` port does, as sentences. Each test makes its own topics and groups.
 *
 * `capabilities` and `controls` say which sentences can be asked: those about transactions are for brokers that have them.
 *
 * @param name of the fulfilment, as the tests show it
 */
export function brokerContract(
  name: string,
  { makeBroker, capabilities, controls = {}, ...patience }: BrokerContractOptions,
): void {
  const { timeoutMs = 2_000, quietMs = 20, sessionTimeoutMs = 6_000, slowDeliverMs = 20 } = patience
  let world: BrokerWorld
  const getWorld = (): BrokerWorld => world

  // A test awaits several conditions, each within its own deadline; the last word is the condition's, not the runner's.
  describe(`broker contract: ${name}`, { timeout: timeoutMs * 6 }, () => {
    beforeAll(async () => {
      world = createBrokerWorld(await makeBroker(), { timeoutMs, quietMs, sessionTimeoutMs, slowDeliverMs })
    })

    it('says what it is capable of', () => {
      expect(world.broker.capabilities).toMatchObject(capabilities)
    })

    adminSentences(getWorld)
    producerSentences(getWorld)
    deliverySentences(getWorld)
    groupSentences(getWorld)
    listenerSentences(getWorld)
    rangeSentences(getWorld, controls)
    readerSentences(getWorld, controls)
    closeSentences(getWorld)
    if (capabilities.commitMetadata) commitMetadataSentences(getWorld)
    if (capabilities.staticMembership) staticMemberSentences(getWorld)
    else {
      it('refuses a consumer with an instance id', () => {
        expect(() => world.broker.createConsumer({ groupId: 'any', topics: ['any'], instanceId: 'any' })).toThrow(
          expect.objectContaining({ code: 'BROKER_NOT_CAPABLE', groupId: 'any' }),
        )
      })
    }
    if (capabilities.transactions) {
      transactionSentences(getWorld)
      transactionReaderSentences(getWorld)
    } else {
      it('refuses to make a transactional producer', () => {
        expect(() => world.broker.createTransactionalProducer({ transactionalId: 'any' })).toThrow(
          expect.objectContaining({ code: 'BROKER_NOT_CAPABLE' }),
        )
      })
    }
  })
}
