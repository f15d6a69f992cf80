import type { ErrorLogParams, Logger as ClientLogger, LogParams, WarnLogParams } from '@clickhouse/client'
import type { Logger } from '@ledgerbus/core'

/**
 * The client's log lines as ours. All of them are debug lines: what it reports as an error is also thrown, and whoever catches it
 * knows whether it is one. Of its facts only the operation is passed on; the others hold queries and settings.
 */
export function clientLogger(logger: Logger): new () => ClientLogger {
  function pass({ module, message, args }: LogParams): void {
    logger.debug(
      { module, operation: args?.['operation'], queryId: args?.['query_id'] },
      `ClickHouse client: ${message}`,
    )
  }
  return class {
    trace(params: LogParams): void {
      pass(params)
    }
    debug(params: LogParams): void {
      pass(params)
    }
    info(params: LogParams): void {
      pass(params)
    }
    warn(params: WarnLogParams): void {
      pass(params)
    }
    error(params: ErrorLogParams): void {
      pass(params)
    }
  }
}
