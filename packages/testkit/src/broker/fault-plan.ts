import { BrokerError, type LedgerbusError } from '@ledgerbus/core'

/** Something the broker shall do badly, once or several times. Conditions left out match everything. */
export interface BrokerFault {
  readonly at: 'append' | 'commit' | 'transaction-commit'
  /** What the caller is told. `ok` is for delays: with `until` the answer only comes late. */
  readonly outcome: 'ok' | 'failed' | 'unknown'
  /** With `unknown`: whether it happened all the same. @default false */
  readonly stored?: boolean
  /** How many operations it hits. @default 1 */
  readonly times?: number
  /** The operation hangs until this settles: one in flight, for as long as a test needs it. */
  readonly until?: Promise<unknown>
  /** What the caller gets. @default a retriable `BROKER_FAULT_INJECTED` */
  readonly error?: LedgerbusError
  readonly topic?: string
  readonly partition?: number
  readonly groupId?: string
  readonly transactionalId?: string
}

/** The operation that asks whether a fault is meant for it. */
export interface FaultTarget {
  readonly at: BrokerFault['at']
  readonly topic?: string
  readonly partition?: number
  readonly groupId?: string
  readonly transactionalId?: string
}

/** The faults that wait for their operation. */
export interface FaultPlan {
  /** @returns what takes the rest of the fault back */
  inject(fault: BrokerFault): () => void
  /** The fault meant for this operation; each call uses it up by one. */
  take(target: FaultTarget): BrokerFault | undefined
}

const conditions = ['at', 'topic', 'partition', 'groupId', 'transactionalId'] as const

function hits(fault: BrokerFault, target: FaultTarget): boolean {
  return conditions.every((name) => fault[name] === undefined || fault[name] === target[name])
}

/** The error a fault answers with. */
export function errorOf(fault: BrokerFault): LedgerbusError {
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

/** Whether the effect happens, whatever the caller is told. */
export function isStored(fault: BrokerFault | undefined): boolean {
  return fault === undefined || fault.outcome === 'ok' || (fault.outcome === 'unknown' && fault.stored === true)
}

export function createFaultPlan(): FaultPlan {
  const waiting = new Map<BrokerFault, number>()
  return {
    inject(fault) {
      // A copy, so that the same object injected twice counts twice.
      const own = { ...fault }
      waiting.set(own, fault.times ?? 1)
      return () => {
        waiting.delete(own)
      }
    },
    take(target) {
      for (const [fault, left] of waiting) {
        if (!hits(fault, target)) continue
        if (left > 1) waiting.set(fault, left - 1)
        else waiting.delete(fault)
        return fault
      }
      return undefined
    },
  }
}
