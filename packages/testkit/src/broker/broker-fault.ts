import { BrokerError, type LedgerbusError } from '@ledgerbus/core'
import type { InjectedFault } from '../faults/fault-plan.ts'

/** The operation a fault is for. */
export interface BrokerFaultTarget {
  readonly at: 'append' | 'commit' | 'transaction-commit'
  readonly topic?: string
  readonly partition?: number
  readonly groupId?: string
  readonly transactionalId?: string
}

/** Something the broker shall do badly, once or several times. Conditions left out match everything. */
export interface BrokerFault extends InjectedFault, BrokerFaultTarget {}

export const brokerFaultConditions: readonly (keyof BrokerFaultTarget)[] = [
  'at',
  'topic',
  'partition',
  'groupId',
  'transactionalId',
]

/** The error a fault answers with. */
export function brokerFaultError(fault: BrokerFault): LedgerbusError {
  if (fault.error !== undefined) return fault.error
  const outcome = fault.outcome === 'unknown' ? 'unknown' : 'failed'
  return new BrokerError(`a test injected a fault: ${fault.at} ${outcome}`, {
    code: 'BROKER_FAULT_INJECTED',
    outcome,
    retriable: true,
    ...(fault.topic !== undefined && { topic: fault.topic }),
    ...(fault.partition !== undefined && { partition: fault.partition }),
    ...(fault.groupId !== undefined && { groupId: fault.groupId }),
  })
}
