import type { Clock, Logger } from '@ledgerbus/core'
import type { ConsumerGroup } from './consumer-group.ts'
import type { FaultPlan } from '../faults/fault-plan.ts'
import type { BrokerFault, BrokerFaultTarget } from './broker-fault.ts'
import type { Network } from './network.ts'
import type { TopicStore } from './topic-store.ts'
import type { TransactionCoordinator } from './transaction-coordinator.ts'

/** What the parts of one in-memory broker share. */
export interface BrokerState {
  readonly clusterId: string
  readonly clock: Clock
  readonly logger: Logger
  readonly keepsCommitMetadata: boolean
  readonly maxRecordsPerBatch: number
  readonly topics: TopicStore
  readonly network: Network
  readonly faults: FaultPlan<BrokerFault, BrokerFaultTarget>
  readonly transactions: TransactionCoordinator
  /** The group of this id, made when it is first asked for. */
  group(groupId: string): ConsumerGroup
  findGroup(groupId: string): ConsumerGroup | undefined
  groupIds(): readonly string[]
  /** A number that rises with each call, for member ids. */
  nextMember(): number
}
