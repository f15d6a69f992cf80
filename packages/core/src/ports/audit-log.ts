import type { Envelope } from '../envelope/envelope.ts'
import type { WaitOptions } from './wait-options.ts'
import type { NextOffset } from './broker-consumer.ts'
import type { Outcome } from './outcome.ts'
import type { ConsumerRecord } from './record.ts'
import type { TopicPartition } from './topic-partition.ts'

/**
 * How a record's value was read. The log stores every record: the decoded ones, tombstones, and those that could not be decoded,
 * with the reason.
 */
export type AuditReading =
  | {
      readonly status: 'ok'
      readonly envelope: Envelope
      readonly format: ValueFormat /** JSON text of a value that is not JSON itself. */
      readonly decoded?: string
    }
  | { readonly status: 'tombstone' }
  | { readonly status: 'undecodable'; readonly problem: string }

/** How the value is encoded. */
export type ValueFormat = 'json' | 'confluent-json' | 'confluent-avro'

/** A record and how it reads. */
export interface AuditRecord {
  readonly record: ConsumerRecord
  readonly reading: AuditReading
}

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

/** One record as read from the log: exactly once, with its original bytes. */
export interface AuditEntry {
  readonly record: ConsumerRecord
  readonly reading: AuditReading
  /** The replay that published this record again; absent for first-hand records. */
  readonly replayId?: string
  /** When the sink stored it, in milliseconds since 1970. */
  readonly ingestedAtMs: number
}

/** Which entries. All given conditions must hold; lists match any of their members. */
export interface AuditSelection {
  /** Inclusive, in milliseconds since 1970. */
  readonly fromMs?: number
  /** Exclusive, in milliseconds since 1970. */
  readonly toMs?: number
  /** What `fromMs` and `toMs` bound: when the event happened, or when Kafka took it. @default 'event' */
  readonly timeField?: 'event' | 'kafka'
  /** Event names or patterns: `*` is one segment, `**` any number. */
  readonly names?: readonly string[]
  readonly entityType?: string
  readonly entityId?: string
  readonly actorType?: string
  readonly actorId?: string
  readonly correlationId?: string
  readonly organizationId?: string
  readonly topics?: readonly string[]
  readonly eventIds?: readonly string[]
  readonly statuses?: readonly AuditReading['status'][]
  /** Records that a replay published again; `{ id }`: those of one replay. @default 'exclude' */
  readonly replays?: 'exclude' | 'include' | 'only' | { readonly id: string }
  /** Only offsets below these; partitions not named are left out. Freezes a selection while the log grows. */
  readonly below?: readonly PartitionBound[]
}

/** An upper bound in one partition. */
export interface PartitionBound {
  readonly cluster: string
  readonly topic: string
  readonly partition: number
  readonly below: bigint
}

/** `newest`, `oldest`: by Kafka's time. `partition`: topic, partition, offset, so that each key keeps its order. */
export type AuditOrder = 'newest' | 'oldest' | 'partition'

/** Some entries and where the next ones begin. */
export interface AuditPage {
  readonly entries: readonly AuditEntry[]
  /** Opaque; absent on the last page. Stays valid while the log grows. */
  readonly nextCursor?: string
}

/** What a selection holds. */
export interface AuditSummary {
  readonly entries: number
  /** Bytes of keys and values. */
  readonly bytes: number
  /** Distinct (topic, key) of the records that have a key. */
  readonly keys: number
  readonly byName: readonly { readonly name: string; readonly version: number; readonly entries: number }[]
  readonly byTopic: readonly { readonly topic: string; readonly entries: number }[]
  /** Days of the event's time, `YYYY-MM-DD` in UTC, rising. */
  readonly byDay: readonly { readonly day: string; readonly entries: number }[]
  readonly byStatus: readonly { readonly status: AuditReading['status']; readonly entries: number }[]
  /** Event times of the first and last entry (Kafka's where there is no event), in milliseconds since 1970; absent when there is none. */
  readonly firstMs?: number
  readonly lastMs?: number
  /** One past the highest selected offset of each partition. */
  readonly bounds: readonly PartitionBound[]
}

/** Questions to the log. Every answer has each record once, whatever was written twice. */
export interface AuditLogReader {
  /** The newest first by default. @throws AuditLogError `AUDIT_SELECTION_INVALID`, `AUDIT_CURSOR_INVALID`, `AUDIT_LOG_UNREACHABLE`, ... */
  page(
    selection: AuditSelection,
    options?: WaitOptions & { readonly order?: AuditOrder; readonly limit?: number; readonly cursor?: string },
  ): Promise<AuditPage>
  /** All entries, the oldest first by default, streamed with bounded memory. Breaking the loop ends the query. `cursor`: behind this entry. */
  read(
    selection: AuditSelection,
    options?: WaitOptions & { readonly order?: AuditOrder; readonly cursor?: string },
  ): AsyncIterable<AuditEntry>
  /** The cursor that stands behind an entry, for the same selection and order. */
  cursorOf(entry: AuditEntry, order: AuditOrder): string
  summarize(selection: AuditSelection, options?: WaitOptions): Promise<AuditSummary>
}

/** The audit log: written by the sink, read by people and by replays. */
export interface AuditLog extends AuditLogWriter, AuditLogReader {
  /** Connects and checks that the table can keep the promises; it creates nothing. */
  start(options?: WaitOptions): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}
