import { isLedgerbusError } from '@ledgerbus/core'
import { ReplayError, type ReplayErrorCode } from '../replay-error.ts'
import type { Unwritable } from './runner.ts'
import type { ReplayReport } from './replay-report.ts'

/** Reading broke off. Never leaves the run. */
export class Unreadable extends Error {
  override readonly cause: unknown

  constructor(cause: unknown) {
    super('unreadable')
    this.cause = cause
  }
}

/** The run cannot go on for a reason of its own. Never leaves the run. */
export class Stopped extends Error {
  readonly code: Extract<ReplayErrorCode, 'REPLAY_COUNT_MISMATCH' | 'REPLAY_TOO_MANY_ERRORS'>

  constructor(code: Stopped['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** What the caller gets: what is certain, what is not, and why it ended. */
export function readFailed({ cause }: Unreadable, report: ReplayReport): ReplayError {
  return new ReplayError(
    `${certain(report)}; then the entries could not be read further: ${messageOf(cause)}; run it again to go on`,
    { code: 'REPLAY_READ_FAILED', retriable: isLedgerbusError(cause) && cause.retriable, cause, report },
  )
}

export function publishFailed({ outcome, cause }: Unwritable, report: ReplayReport): ReplayError {
  return outcome === 'unknown'
    ? new ReplayError(
        `${certain(report)}; the page after them may be there or not, its answer never came: ${cause.message}; run it again: it looks first, and goes on behind what is there`,
        { code: 'REPLAY_PUBLISH_UNKNOWN', outcome: 'unknown', retriable: true, cause, report },
      )
    : new ReplayError(`${certain(report)}, none in doubt; the next page was refused: ${cause.message}`, {
        code: 'REPLAY_PUBLISH_FAILED',
        retriable: cause.retriable,
        cause,
        report,
      })
}

export function fenced(by: string, report: ReplayReport): ReplayError {
  return new ReplayError(
    `${certain(report)}; another run of replay ${report.replayId} took over (${by}); leave it to that one`,
    { code: 'REPLAY_FENCED', report },
  )
}

function certain({ published, planned }: ReplayReport): string {
  return `${published} of ${planned} published for certain`
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
