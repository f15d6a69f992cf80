import type { SinkCounts } from './batch/sink-counts.ts'
import type { SinkPartition } from './partition/sink-partition.ts'

/** How a sink ended. */
export interface SinkReport {
  readonly counts: SinkCounts
  /** Whether everything taken from Kafka stands in the log and is committed. What does not is read again by the next start. */
  readonly isDrained: boolean
  /** Partitions of which records, or only the commit, are not known to stand; empty when drained. */
  readonly left: readonly { readonly topic: string; readonly partition: number; readonly records: number }[]
}

/** Options of {@link AuditSink.close}. */
export interface CloseSinkOptions {
  /** Longest wait for what was taken from Kafka, in milliseconds. @default 25_000 */
  readonly drainMs?: number
}

/**
 * Writes every record of some topics into the audit log. A record is committed when it is known to stand in the log, and not before: killed
 * at any moment, nothing is lost, and what is written twice reads once.
 */
export interface AuditSink {
  /**
   * Checks the log, joins the group and begins. Waits while Kafka or the log cannot be reached, and says so in the log lines; later outages
   * are waited for as well.
   *
   * @throws AuditLogError when the log is not migrated or cannot keep its promises
   * @throws BrokerError `BROKER_TOPIC_UNKNOWN`, `BROKER_AUTHENTICATION`, `BROKER_AUTHORIZATION`
   * @throws AuditSinkError `SINK_NO_TOPICS`; `SINK_CLOSED` when it was closed
   */
  start(options?: { readonly signal?: AbortSignal }): Promise<void>
  counts(): SinkCounts
  /** What this process owns now, by topic and partition. */
  partitions(): readonly SinkPartition[]
  /** How many offsets the owned partitions are behind. */
  lag(): bigint
  /** Takes nothing more, stores what was taken up to a deadline, commits, leaves the group. Idempotent; ends soon after the deadline. */
  close(options?: CloseSinkOptions): Promise<SinkReport>
}
