import { silentLogger } from '@ledgerbus/core'
import { brokerContract } from '@ledgerbus/testkit/contracts'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { createKafkaBroker } from '../src/index.ts'
import { createBrokerControls } from './broker-controls.ts'

const { kafkaBrokers } = stackAddresses()

brokerContract('Kafka', {
  makeBroker: () => createKafkaBroker({ brokers: kafkaBrokers, clientId: 'contract', logger: silentLogger }),
  capabilities: { commitMetadata: true, transactions: true, staticMembership: false },
  controls: createBrokerControls(kafkaBrokers),
  timeoutMs: 15_000,
  quietMs: 1_000,
  sessionTimeoutMs: 3_000,
  slowDeliverMs: 8_000,
})
