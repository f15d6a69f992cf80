import { isLedgerbusError, type LedgerbusError, type Logger } from '@ledgerbus/core'
import { AuditSinkError } from '../audit-sink-error.ts'
import type { Condition } from '../wait/condition.ts'
import { isWorthALine, type PauseNeeds, pauseBeforeRetry } from '../wait/pause.ts'
import type { Trouble } from './insert-until-stored.ts'

/** What asking works with. */
export interface AskNeeds extends PauseNeeds {
  readonly logger: Logger
  readonly signal: AbortSignal
  readonly recovered: Condition
  readonly trouble: (trouble: Trouble | undefined) => void
}

/** Asks the log until it answers: what a partition goes on with must be known, not guessed. `undefined` after an abort. */
export async function untilAnswered<Answer>(
  needs: AskNeeds,
  what: string,
  ask: () => Promise<Answer>,
): Promise<Answer | undefined> {
  const { logger, signal, recovered, trouble } = needs
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      const answer = await ask()
      if (attempt > 1) trouble(undefined)
      return answer
    } catch (error) {
      if (signal.aborted) break
      const known = describe(error, what)
      trouble({ error: known, attempts: attempt })
      if (isWorthALine(attempt)) {
        logger.warn({ what, code: known.code, message: known.message, attempt }, 'the log did not answer, asking again')
      }
      await pauseBeforeRetry(needs, attempt, { retriable: known.retriable, signal, recovered })
    }
  }
  return undefined
}

function describe(error: unknown, what: string): LedgerbusError {
  if (isLedgerbusError(error)) return error
  return new AuditSinkError(`asking the log for ${what} threw`, { code: 'SINK_LOG_THREW', cause: error })
}
