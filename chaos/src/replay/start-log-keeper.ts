import { createAuditLog } from '@ledgerbus/audit-log'
import { createAuditSink } from '@ledgerbus/audit-sink'
import { type Broker, type Clock, silentLogger } from '@ledgerbus/core'
import { createGroupProgress } from '../cluster/group-progress.ts'
import { sinkGroupId, tablePrefix, topicSpecs } from './replays.ts'

/** The real sink, which stores originals before the replays and what they publish while they run. */
export interface LogKeeper {
  /** Waits until all that stands in Kafka stands in the log, at most so long. Resolves with how many offsets are missing. */
  untilStored(timeoutMs: number): Promise<number>
  close(): Promise<void>
}

export interface LogKeeperOptions {
  readonly broker: Broker
  readonly clickhouseUrl: string
  readonly clock: Clock
  readonly signal: AbortSignal
}

export async function startLogKeeper(options: LogKeeperOptions): Promise<LogKeeper> {
  const { broker, clickhouseUrl, clock, signal } = options
  const auditLog = createAuditLog({ url: clickhouseUrl, tablePrefix, logger: silentLogger })
  const topics = topicSpecs.map(({ name }) => name)
  // What it goes through is another run's: `chaos sink`.
  const sink = createAuditSink({ broker, auditLog, topics, groupId: sinkGroupId, logger: silentLogger })
  await sink.start({ signal })
  return {
    async untilStored(timeoutMs) {
      const missing = await Promise.all(
        topics.map((topic) =>
          createGroupProgress({ broker, topic, groupId: sinkGroupId, clock, signal }).untilCommitted(timeoutMs),
        ),
      )
      return missing.reduce((sum, count) => sum + count, 0)
    },
    async close() {
      await sink.close({ drainMs: 10_000 })
      await auditLog.close()
    },
  }
}
