import { LedgerbusError } from '@ledgerbus/core'
import type { RedriveReport } from './run/redrive-report.ts'

/** Every way a redrive can be refused or stop. */
export type RedriveErrorCode =
  | 'REDRIVE_REQUEST_INVALID'
  | 'REDRIVE_TOPIC_UNKNOWN'
  | 'REDRIVE_ORIGIN_NOT_ALLOWED'
  | 'REDRIVE_LANE_UNKNOWN'
  | 'REDRIVE_TOPIC_UNFIT'
  | 'REDRIVE_PLAN_ALTERED'
  | 'REDRIVE_PLAN_STALE'
  | 'REDRIVE_FAILING_AGAIN'
  | 'REDRIVE_FENCED'
  | 'REDRIVE_PUBLISH_FAILED'
  | 'REDRIVE_PUBLISH_UNKNOWN'
  | 'REDRIVE_CLOSED'

/** What a redrive error carries besides its message. */
export interface RedriveErrorFacts {
  readonly code: RedriveErrorCode
  readonly outcome?: 'failed' | 'unknown'
  readonly retriable?: boolean
  readonly cause?: unknown
  readonly report?: RedriveReport
}

/** A redrive that was refused, or that stopped before its end. */
export class RedriveError extends LedgerbusError {
  /** How far the run got; absent when it never began. */
  readonly report: RedriveReport | undefined

  constructor(message: string, facts: RedriveErrorFacts) {
    super(message, facts)
    this.report = facts.report
  }
}
