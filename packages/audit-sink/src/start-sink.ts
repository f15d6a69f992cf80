import { type BrokerConsumer, isLedgerbusError, type LedgerbusError } from '@ledgerbus/core'
import type { ResolvedAuditSinkOptions } from './audit-sink-options.ts'
import { resolveSources } from './source-topics.ts'
import { createCondition } from './wait/condition.ts'
import { isWorthALine, pauseBeforeRetry } from './wait/pause.ts'

/** Tries something until it works, as long as its errors say that it may. */
async function untilItWorks<Result>(
  options: Pick<ResolvedAuditSinkOptions, 'clock' | 'random' | 'logger'>,
  signal: AbortSignal,
  what: string,
  attemptIt: () => Promise<Result>,
): Promise<Result> {
  const never = createCondition(options.clock)
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted()
    try {
      return await attemptIt()
    } catch (error) {
      signal.throwIfAborted()
      if (!isRetriable(error)) throw error
      if (isWorthALine(attempt)) {
        options.logger.warn(
          { what, code: error.code, message: error.message, attempt },
          'cannot start yet, will try again',
        )
      }
      await pauseBeforeRetry(options, attempt, { retriable: true, signal, recovered: never })
    }
  }
}

function isRetriable(error: unknown): error is LedgerbusError {
  return isLedgerbusError(error) && error.retriable
}

/** Waits for the log, checked. */
export async function startAuditLog(options: ResolvedAuditSinkOptions, signal: AbortSignal): Promise<void> {
  await untilItWorks(options, signal, 'audit log', () => options.auditLog.start({ signal }))
}

/** What is read: looked up once. */
export interface Sources {
  readonly topics: readonly string[]
  /** The id that names the cluster in coordinates. */
  readonly cluster: string
}

export async function findSources(options: ResolvedAuditSinkOptions, signal: AbortSignal): Promise<Sources> {
  return untilItWorks(options, signal, 'topics', async () => {
    const admin = options.broker.createAdmin()
    try {
      await admin.start({ signal })
      return { topics: await resolveSources(options.topics, admin), cluster: await admin.clusterId() }
    } finally {
      await admin.close()
    }
  })
}

/**
 * A consumer that joined the group.
 *
 * @param begin gives a new consumer its listener and starts it; one that could not start is closed and replaced
 */
export async function joinGroup(
  options: ResolvedAuditSinkOptions,
  topics: readonly string[],
  signal: AbortSignal,
  begin: (consumer: BrokerConsumer) => Promise<void>,
): Promise<BrokerConsumer> {
  return untilItWorks(options, signal, 'consumer', async () => {
    const consumer = options.broker.createConsumer({ ...options.consumer, topics, startFrom: 'earliest' })
    try {
      await begin(consumer)
      return consumer
    } catch (error) {
      await consumer.close()
      throw error
    }
  })
}
