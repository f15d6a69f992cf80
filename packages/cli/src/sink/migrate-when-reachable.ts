import { type Clock, isLedgerbusError, type Logger } from '@ledgerbus/core'
import type { MigratableAuditLog } from '../edge/edge.ts'

const longestPauseMs = 10_000

/** Migrates, and waits for a log that is not there yet: in a compose file everything starts at once. */
export async function migrateWhenReachable(
  auditLog: MigratableAuditLog,
  { clock, logger, signal }: { readonly clock: Clock; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  for (let pauseMs = 500; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      const report = await auditLog.migrate({ signal })
      logger.info({ report }, 'audit log migrated')
      return
    } catch (error) {
      signal.throwIfAborted()
      if (!isLedgerbusError(error) || !error.retriable) throw error
      logger.warn({ code: error.code, message: error.message, pauseMs }, 'cannot migrate yet, will try again')
      await clock.sleep(pauseMs, { signal })
    }
  }
}
