import type { Clock, LedgerbusError, Logger } from '@ledgerbus/core'
import { readClientError } from '../errors/read-client-error.ts'
import { consumerRestarted } from './consumer-error.ts'

export interface RestartReportOptions {
  readonly groupId: string
  readonly problem: (error: LedgerbusError) => void
  readonly clock: Clock
  readonly logger: Logger
}

/** Tells that a consumer ended, and why another cannot take its place: each reason once, and again from time to time while it lasts. */
export interface RestartReports {
  tell(error: unknown, what: 'crashed' | 'not-opened'): void
}

const againAfterMs = 30_000

export function createRestartReports({ groupId, problem, clock, logger }: RestartReportOptions): RestartReports {
  let last: { readonly code: string; readonly atMs: number } | undefined

  return {
    tell(error, what) {
      const { code } = readClientError(error).row
      const restarted = consumerRestarted(groupId, error)
      const facts = { groupId, code, problem: restarted.message }
      const nowMs = clock.monotonicMs()
      if (what === 'not-opened' && last?.code === code && nowMs - last.atMs < againAfterMs) {
        logger.debug(facts, 'a consumer could not join, it will be tried again')
        return
      }
      last = { code, atMs: nowMs }
      if (what === 'crashed') logger.warn(facts, 'a consumer ended, another takes its place')
      else logger.warn(facts, 'a consumer could not join, it will be tried again')
      problem(restarted)
    },
  }
}
