import type { AuditLogWriter, AuditRange, Clock, InsertOptions, LedgerbusError, Logger, Random } from '@ledgerbus/core'
import type { Counter } from '../batch/sink-counts.ts'
import type { Condition } from '../wait/condition.ts'
import type { InsertSlots } from '../wait/insert-slots.ts'
import { isWorthALine, pauseBeforeRetry } from '../wait/pause.ts'

/** What storing works with. */
export interface StoreNeeds {
  readonly auditLog: AuditLogWriter
  readonly slots: InsertSlots
  readonly counter: Counter
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Notified by whoever got an insert through: the log is there again for all. */
  readonly recovered: Condition
}

/** What keeps a range from being stored. */
export interface Trouble {
  readonly error: LedgerbusError
  readonly attempts: number
}

/**
 * - `stored`: every record of the range stands in the log.
 * - `refused`: the log refuses one of several records, which has to be found.
 * - `ended`: the signal ended it; what the log holds is not known.
 */
export type StoreResult = 'stored' | 'refused' | 'ended'

/** Options of {@link insertUntilStored}. */
export interface StoreOptions extends Pick<InsertOptions, 'again' | 'beforeQuarantine'> {
  readonly signal: AbortSignal
  /** Told what is wrong, and `undefined` once nothing is. */
  readonly trouble: (trouble: Trouble | undefined) => void
}

/**
 * Inserts one range until it is known to stand. After a failure, and after an unclear answer, the same range goes out again, the same bytes under the same
 * token: nothing is skipped, and repeating leaves the log as it was. It gives up only when it must not go on.
 */
export async function insertUntilStored(
  needs: StoreNeeds,
  range: AuditRange,
  { trouble, ...options }: StoreOptions,
): Promise<StoreResult> {
  const { auditLog, slots, counter, logger, recovered } = needs
  const { signal } = options
  const { topic, partition, records } = range.block
  const facts = { topic, partition, first: range.first, next: range.next, records }
  for (let attempt = 1; ; attempt += 1) {
    const release = await slots.take(signal)
    if (release === undefined) return 'ended'
    const outcome = await auditLog.insert(range, options).finally(release)
    if (outcome.kind === 'ok') {
      trouble(undefined)
      if (attempt > 1) logger.info({ ...facts, attempt }, 'range stored after all')
      recovered.notify()
      return 'stored'
    }
    if (signal.aborted) return 'ended'
    counter.repeated()
    const { error } = outcome
    if (error.code === 'AUDIT_ROW_REFUSED' && records > 1) return 'refused'
    trouble({ error, attempts: attempt })
    if (isWorthALine(attempt)) {
      const { code, message } = error
      const line = { ...facts, code, message, outcome: outcome.kind, attempt }
      if (error.retriable) logger.warn(line, 'range not stored, will store it again')
      else logger.error(line, 'range cannot be stored until somebody repairs the cause, holding the partition')
    }
    await pauseBeforeRetry(needs, attempt, { retriable: error.retriable, signal, recovered })
  }
}
