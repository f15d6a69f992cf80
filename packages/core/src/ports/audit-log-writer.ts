import type { AuditReading } from './audit-reading.ts'
import type { NextOffset } from './broker-consumer.ts'
import type { Outcome } from './outcome.ts'
import type { ConsumerRecord } from './record.ts'
import type { TopicPartition } from './topic-partition.ts'
import type { WaitOptions } from './wait-options.ts'

/** The partition whose records a block holds. */
export interface AuditPartition extends TopicPartition {
  readonly cluster: string
}

/** Records of one partition in offset order, in the form in which the log takes them. */
export interface AuditBlock extends AuditPartition {
  readonly records: number
  /** What it holds, about. */
  readonly bytes: number
  /**
   * CRC-32 over 16 bytes a record: offset and Kafka timestamp in milliseconds, 64 bits each, little-endian. Blocks of equal coordinates have equal digests,
   * whatever their records hold, in every version of every fulfilment: it stands in commits.
   */
  readonly digest: number
  /** @param index from 0 */
  offsetAt(index: number): bigint
  /** What the records turned out to be. */
  tally(): AuditTally
  /** The records `[from, to)` by their index, as a block of their own that shares the bytes. Nothing may be added to the whole afterwards. */
  part(from: number, to: number): AuditBlock
}

/** How many records of a block are no events. */
export interface AuditTally {
  readonly tombstones: number
  readonly undecodable: number
}

/**
 * A block that grows. Records are turned into rows as they come: neither they nor what was read of them is held, and a repeated insert sends the same
 * bytes.
 */
export interface OpenAuditBlock extends AuditBlock {
  /**
   * @param record the next one of the partition; its bytes may be reused afterwards
   * @param reading how its value reads, where that is known; without it the block reads the value as JSON
   * @throws AuditLogError `AUDIT_RANGE_INVALID` for a record of another partition, or one that is not behind the last
   */
  add(record: ConsumerRecord, reading?: AuditReading): void
  /** The block stands, or is given up: its memory may be used for others. Nothing may be asked of it, or of its parts, afterwards. */
  release(): void
}

/** One contiguous range of one partition: `block` has every record in `[first, next)` that Kafka delivered. */
export interface AuditRange {
  readonly first: bigint
  readonly next: NextOffset
  /** With at least one record. */
  readonly block: AuditBlock
}

/** Options of {@link AuditLogWriter.insert}. */
export interface InsertOptions extends WaitOptions {
  /**
   * Why the insert must not be taken for the one it repeats: the log was asked, and does not hold what it had confirmed. Part of its
   * deduplication token.
   */
  readonly again?: string
  /** Called when the events stand and records that cannot stand among them are about to be set aside. */
  readonly beforeQuarantine?: () => Promise<void> | void
}

/** Offsets of a partition, and between which of Kafka's times their records are. */
export interface StandingQuestion extends AuditPartition {
  readonly first: bigint
  readonly next: bigint
  /** Both inclusive, in milliseconds since 1970; without them the answer costs a look at the whole partition. */
  readonly times?: { readonly fromMs: bigint; readonly toMs: bigint }
}

/** What stands in the log of a range, by coordinates. */
export interface StandingRecords {
  readonly records: number
  /** As that of a block of these records. */
  readonly digest: number
  has(record: { readonly offset: bigint; readonly timestampMs: bigint }): boolean
}

/** Where records are written for good. */
export interface AuditLogWriter {
  createBlock(partition: AuditPartition): OpenAuditBlock
  /**
   * Stores a range as one insert. The same range again leaves the log as it was, so after `unknown` the caller repeats the
   * same range until it is `ok`. `failed` with a retriable error: not now; not retriable: `AUDIT_ROW_REFUSED` (one of the records can't stand in
   * the log: insert a part of the range; alone it is set aside where reads still find it), or `AUDIT_LOG_CONFIGURATION` and the like (table, rights). Never rejects.
   */
  insert(range: AuditRange, options?: InsertOptions): Promise<Outcome>
  /**
   * Which records of a range stand in the log, whatever became of their inserts.
   * @throws AuditLogError `AUDIT_LOG_UNREACHABLE`, `AUDIT_LOG_CONFIGURATION`, ...
   */
  standing(question: StandingQuestion, options?: WaitOptions): Promise<StandingRecords>
  /** The highest offset of a partition that stands in the log; `undefined`: none does. @throws AuditLogError as `standing` */
  lastStanding(partition: AuditPartition, options?: WaitOptions): Promise<bigint | undefined>
}
