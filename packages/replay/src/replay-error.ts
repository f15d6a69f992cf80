import { LedgerbusError } from '@ledgerbus/core'
import type { ReplayReport } from './run/replay-report.ts'

/** Every way a replay can be refused or stop. */
export type ReplayErrorCode =
  | 'REPLAY_BOUNDS_REQUIRED'
  | 'REPLAY_BOUNDS_REVERSED'
  | 'REPLAY_REQUEST_INVALID'
  | 'REPLAY_TARGET_UNKNOWN'
  | 'REPLAY_TARGET_NOT_ALLOWED'
  | 'REPLAY_PLAN_TOO_LARGE'
  | 'REPLAY_PLAN_ALTERED'
  | 'REPLAY_PLAN_INCOMPLETE'
  | 'REPLAY_TOO_LARGE'
  | 'REPLAY_NOT_CONFIRMED'
  | 'REPLAY_PREMISES_CHANGED'
  | 'REPLAY_UNKNOWN'
  | 'REPLAY_ENDED'
  | 'REPLAY_NOT_RUNNING'
  | 'REPLAY_NOT_PAUSED'
  | 'REPLAY_FENCED'
  | 'REPLAY_STATE_UNREADABLE'
  | 'REPLAY_CLOSED'
  | 'REPLAY_READ_FAILED'
  | 'REPLAY_PUBLISH_FAILED'
  | 'REPLAY_PUBLISH_UNKNOWN'
  | 'REPLAY_COUNT_MISMATCH'
  | 'REPLAY_TOO_MANY_ERRORS'
  | 'REPLAY_ENTRY_UNREADABLE'
  | 'REPLAY_ENTRY_REFUSED'

/** What a replay error carries besides its message. */
export interface ReplayErrorFacts {
  readonly code: ReplayErrorCode
  readonly outcome?: 'failed' | 'unknown'
  readonly retriable?: boolean
  readonly cause?: unknown
  readonly report?: ReplayReport
}

/** A replay that was refused, or that stopped before its end. */
export class ReplayError extends LedgerbusError {
  /** How far the run got; absent when it never began. */
  readonly report: ReplayReport | undefined

  constructor(message: string, facts: ReplayErrorFacts) {
    super(message, facts)
    this.report = facts.report
  }
}
