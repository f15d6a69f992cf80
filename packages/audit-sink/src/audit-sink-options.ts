import {
  type AuditLog,
  type AuditLogWriter,
  type Broker,
  type BrokerConsumerOptions,
  type Clock,
  ConfigurationError,
  consoleLogger,
  defaultSinkGroupId,
  type Logger,
  type Random,
  systemClock,
  systemRandom,
} from '@ledgerbus/core'
import type { BatchLimits } from './partition/range-due.ts'
import type { DecodeValue } from './reading/decode-value.ts'
import type { SinkHooks } from './sink-step.ts'
import { sourceProblems } from './source-topics.ts'

/** What goes from where to where, and in which pieces. */
export interface AuditSinkOptions {
  /** Where the records come from. */
  readonly broker: Broker
  /** Where they go; migrated. The sink starts it and does not close it. */
  readonly auditLog: Pick<AuditLog, 'start'> & AuditLogWriter
  /**
   * Topics by name, or by a pattern in which `*` stands for any characters. Patterns are looked up at the start. Retry and dead-letter topics
   * are refused by name and left out by pattern, as are Kafka's and our own.
   */
  readonly topics: readonly string[]
  /** The consumer group; sinks of one group share the partitions. @default 'ledgerbus-audit-sink' */
  readonly groupId?: string
  /** A range is stored when it has so many records, 1 to 1,000,000. @default 50_000 */
  readonly maxRows?: number
  /** A range is stored when its rows take so many bytes. @default 33_554_432 (32 MiB) */
  readonly maxBytes?: number
  /** A range is stored when its oldest record waited so long and the partition has a little more, in milliseconds. @default 1_000 */
  readonly maxAgeMs?: number
  /**
   * The same while the partition works off a backlog of more than a whole range: what waits is behind by more than its age, and a server stores large ranges at half the cost. In
   * milliseconds. @default 10_000
   */
  readonly backlogAgeMs?: number
  /** The same where the partition has no more: fewer, larger ranges spare the server. In milliseconds. @default 2_000 */
  readonly idleAgeMs?: number
  /** Most inserts at once; at most half the server's cores over all sinks. @default 4 */
  readonly maxInserts?: number
  /** Beyond so many bytes held no partition takes more from Kafka. @default 100_663_296 (96 MiB) */
  readonly maxBufferedBytes?: number
  /**
   * When Kafka no longer has what the group would read next, for retention was shorter than an outage: `pause` holds the partition for
   * somebody to look, `earliest` goes on behind the gap. @default 'pause'
   */
  readonly onOffsetOutOfRange?: NonNullable<BrokerConsumerOptions['onOffsetOutOfRange']>
  /** For values in the wire format of a schema registry; without it they are stored as undecodable. */
  readonly decodeValue?: DecodeValue
  /** For tests of crashes: called at every step. @default none */
  readonly hooks?: SinkHooks
  /** @default core's `systemClock` */
  readonly clock?: Clock
  /** Jitter between tries. @default core's `systemRandom` */
  readonly random?: Random
  /** @default core's `consoleLogger` */
  readonly logger?: Logger
}

/** Options with every default. */
export interface ResolvedAuditSinkOptions {
  readonly broker: Broker
  readonly auditLog: Pick<AuditLog, 'start'> & AuditLogWriter
  readonly topics: readonly string[]
  readonly consumer: Pick<BrokerConsumerOptions, 'groupId' | 'onOffsetOutOfRange'>
  readonly limits: BatchLimits
  readonly maxInserts: number
  readonly maxBufferedBytes: number
  readonly decodeValue: DecodeValue | undefined
  readonly hooks: SinkHooks | undefined
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** One insert must be one block of the server. */
const mostRows = 1_000_000
/** Rows are larger than their records, and a buffer of Node ends at 4 GiB. */
const mostBytes = 512 * 1024 * 1024

/** @throws ConfigurationError with every problem at once */
export function resolveAuditSinkOptions(options: AuditSinkOptions): ResolvedAuditSinkOptions {
  const {
    groupId = defaultSinkGroupId,
    maxRows = 50_000,
    maxBytes = 32 * 1024 * 1024,
    maxAgeMs = 1_000,
    backlogAgeMs = 10_000,
    idleAgeMs = 2_000,
    maxInserts = 4,
    maxBufferedBytes = 96 * 1024 * 1024,
    onOffsetOutOfRange = 'pause',
  } = options
  const problems = [
    ...sourceProblems(options.topics),
    ...(groupId === '' ? ['groupId must not be empty'] : []),
    ...rangeProblem('maxRows', maxRows, 1, mostRows),
    ...rangeProblem('maxBytes', maxBytes, 1, mostBytes),
    ...rangeProblem('maxAgeMs', maxAgeMs, 0, 3_600_000),
    ...rangeProblem('backlogAgeMs', backlogAgeMs, 0, 3_600_000),
    ...rangeProblem('idleAgeMs', idleAgeMs, 0, 3_600_000),
    ...rangeProblem('maxInserts', maxInserts, 1, 1_000),
    ...rangeProblem('maxBufferedBytes', maxBufferedBytes, 1, Number.MAX_SAFE_INTEGER),
  ]
  if (problems.length > 0) throw new ConfigurationError('audit sink', problems)
  return {
    broker: options.broker,
    auditLog: options.auditLog,
    topics: options.topics,
    consumer: { groupId, onOffsetOutOfRange },
    limits: { maxRows, maxBytes, maxAgeMs, backlogAgeMs, idleAgeMs },
    maxInserts,
    maxBufferedBytes,
    decodeValue: options.decodeValue,
    hooks: options.hooks,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    logger: options.logger ?? consoleLogger,
  }
}

function rangeProblem(name: string, value: number, least: number, most: number): readonly string[] {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return []
  return [`${name} must be a whole number from ${least} to ${most}, not ${value}`]
}
