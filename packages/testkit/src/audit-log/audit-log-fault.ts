import type { LedgerbusError } from '@ledgerbus/core'
import { TestkitError } from '../errors/testkit-error.ts'
import type { InjectedFault } from '../faults/fault-plan.ts'

/** The operation a fault is for. */
export interface AuditLogFaultTarget {
  readonly at: 'insert' | 'query' | 'read' | 'standing' | 'summarize' | 'stats' | 'tail' | 'export'
  readonly topic?: string
  readonly partition?: number
}

/**
 * Something the audit log shall do badly, once or several times. Conditions left out match everything; only an insert has a topic and
 * a partition. A question that ends `failed` or `unknown` throws.
 */
export interface AuditLogFault extends InjectedFault, AuditLogFaultTarget {}

export const auditLogFaultConditions: readonly (keyof AuditLogFaultTarget)[] = ['at', 'topic', 'partition']

/** The error a fault answers with. */
export function auditLogFaultError(fault: AuditLogFault): LedgerbusError {
  if (fault.error !== undefined) return fault.error
  const outcome = fault.outcome === 'unknown' ? 'unknown' : 'failed'
  return new TestkitError(`a test injected a fault: ${fault.at} ${outcome}`, {
    code: 'AUDIT_FAULT_INJECTED',
    outcome,
    retriable: true,
  })
}
