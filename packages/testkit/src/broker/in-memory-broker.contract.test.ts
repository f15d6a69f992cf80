import { brokerContract } from '../contracts/broker-contract.ts'
import { silentLogger } from '@ledgerbus/core'
import { createInMemoryBroker } from './create-in-memory-broker.ts'

const broker = createInMemoryBroker({ logger: silentLogger })

brokerContract('in-memory broker', {
  makeBroker: () => broker,
  capabilities: { commitMetadata: true, transactions: true, staticMembership: true },
  controls: broker.controls,
  sessionTimeoutMs: 100,
})

// Offsets that no number can hold, and a broker that can do less.
const lesser = createInMemoryBroker({
  logger: silentLogger,
  firstOffset: 2n ** 53n + 1n,
  maxRecordsPerBatch: 1,
  capabilities: { commitMetadata: false, transactions: false, staticMembership: false },
})

brokerContract(
  'in-memory broker with offsets beyond 2^53, single records, no metadata, no transactions, no static members',
  {
    makeBroker: () => lesser,
    capabilities: { commitMetadata: false, transactions: false, staticMembership: false },
    controls: lesser.controls,
  },
)
