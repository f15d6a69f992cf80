import { LedgerbusError } from '@ledgerbus/core'

/** Why a sink could not do what it was asked. */
export type AuditSinkCode = 'SINK_CLOSED' | 'SINK_COMMIT_THREW' | 'SINK_LOG_THREW' | 'SINK_NO_TOPICS'

/** A sink that was closed, or has nothing to read. */
export class AuditSinkError extends LedgerbusError {
  declare readonly code: AuditSinkCode

  constructor(message: string, facts: { readonly code: AuditSinkCode; readonly cause?: unknown }) {
    super(message, { ...facts, ...(facts.code === 'SINK_COMMIT_THREW' && { outcome: 'unknown' as const }) })
  }
}
