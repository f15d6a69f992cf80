import type { EventSubject } from '../envelope/envelope.ts'
import type { AuditLogWriter } from './audit-log-writer.ts'
import type { AuditReading } from './audit-reading.ts'
import type { WaitOptions } from './wait-options.ts'
import type { ConsumerRecord } from './record.ts'
import type { TopicPartition } from './topic-partition.ts'

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
  /** Entries of these events are left out. */
  readonly excludedEventIds?: readonly string[]
  /** Only these stretches of partitions, any of them. */
  readonly ranges?: readonly PartitionRange[]
  readonly statuses?: readonly AuditReading['status'][]
  /** Records that a replay published again; `{ id }`: those of one replay. @default 'exclude' */
  readonly replays?: 'exclude' | 'include' | 'only' | { readonly id: string }
  /** Records that a redrive gave back to their own topic, where they stood before. @default 'include' */
  readonly redrives?: 'exclude' | 'include'
  /**
   * A condition in CEL over the event, such as `payload.after.total >= 1000`, in the language of `@ledgerbus/filter`. Only entries with an event match.
   * The store decides what it can, and the process the rest; the answer is the same as if the process had decided all.
   */
  readonly filter?: string
  /** Only offsets below these; partitions not named are left out. Freezes a selection while the log grows. */
  readonly below?: readonly PartitionBound[]
}

/** Offsets `[from, below)` of one partition; an end that is left out is open. */
export interface PartitionRange extends TopicPartition {
  readonly from?: bigint
  readonly below?: bigint
}

/** A selection that can no longer grow. */
export type BoundedSelection = AuditSelection & { readonly below: readonly PartitionBound[] }

/** Where the reading of one partition begins. */
export interface PartitionStart extends TopicPartition {
  readonly cluster: string
  readonly from: bigint
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
  /** Distinct (topic, key) of the records that have a key; see `keysCounted`. */
  readonly keys: number
  /** `in-part`: there are more keys than `keys` says, as who counted them in a process stopped there. Absent: they are exactly so many. */
  readonly keysCounted?: 'in-part'
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

/** How a store answers a selection: what it decides itself, and what is decided over the rows that it lets pass. */
export interface AuditExplanation {
  /** In the store's own language, with names in place of the values. */
  readonly condition: string
  /** The values by their names, as text. */
  readonly values: Readonly<Record<string, string>>
  /** The parts of the filter that the process decides over rows; absent where the store decides all. */
  readonly onRows?: string
}

/** What entries are told apart by when they are counted. */
export type AuditDimension = 'name' | 'topic' | 'status' | 'organization' | 'actor'

/** Lengths of time that begin at the same moments everywhere: in UTC, weeks on Monday. */
export type AuditInterval = 'minute' | 'hour' | 'day' | 'week'

/** How entries are counted. */
export interface AuditStatsOptions extends WaitOptions {
  /** @default none: all entries are one group */
  readonly by?: readonly AuditDimension[]
  /** Also by the time that the selection bounds, the event's by default. @default not by time */
  readonly interval?: AuditInterval
  /** Most groups that are told; what is left is one sum. @default 1_000 */
  readonly limit?: number
}

/** Entries and their bytes: keys and values. */
export interface AuditFigures {
  readonly entries: number
  readonly bytes: number
}

/** Entries that agree in what was asked for. What an event does not name is absent, as is all of an entry without an event. */
export interface AuditStatsGroup extends AuditFigures {
  /** Where the interval begins, in milliseconds since 1970. */
  readonly fromMs?: number
  readonly name?: string
  readonly topic?: string
  readonly status?: AuditReading['status']
  readonly organizationId?: string
  readonly actor?: EventSubject
}

/** Entries counted, each record once. */
export interface AuditStats extends AuditFigures {
  /** Rising in time, then the largest first. */
  readonly groups: readonly AuditStatsGroup[]
  /** What stands in groups beyond the limit. */
  readonly rest?: AuditFigures
}

/** A story is all that followed from one first cause: by its correlation id, or by any event in it. */
export type AuditStory = { readonly correlationId: string } | { readonly eventId: string }

/** One event of a story. */
export interface AuditTraceStep {
  readonly entry: AuditEntry
  /** 0 for what nothing in the story caused. A step is caused by the nearest one before it that is one less deep. */
  readonly depth: number
  /** The cause where it is no event of this story: its entry if it stands in the log, under another correlation id. */
  readonly cause?: { readonly eventId: string; readonly entry?: AuditEntry }
  /** The causes of this event lead back to it: the first of such a circle stands as if it had none. */
  readonly isInCircle?: true
  /** The same event at other coordinates. */
  readonly repeats?: readonly AuditEntry[]
}

/** The causation tree of a story, from causes to effects; siblings by the event's time. */
export interface AuditTrace {
  /** Absent where the log has no such event. */
  readonly correlationId?: string
  readonly steps: readonly AuditTraceStep[]
  /** Whether there is more than the limit let in. */
  readonly isCut: boolean
}

/** One difference between two values. `before` is absent for what was added, `after` for what was removed. */
export interface ValueChange {
  readonly kind: 'added' | 'removed' | 'changed'
  /** Names of fields and places in lists. */
  readonly path: readonly (string | number)[]
  readonly before?: unknown
  readonly after?: unknown
}

/** One entry in the life of an entity. */
export interface AuditTimelineStep {
  readonly entry: AuditEntry
  readonly changes: readonly ValueChange[]
  /** With what `payload.after` was compared: `payload.before`, or where the event has none `payload.after` of the step before. */
  readonly against: 'before' | 'previous' | 'nothing'
  /** Whether there are more changes than a step tells. */
  readonly isCut: boolean
}

/** Of one entity. */
export type AuditTimelineSelection = AuditSelection & { readonly entityType: string; readonly entityId: string }

/** `jsonl`: one entry a line, as `auditEntryJson` makes it, with the value byte for byte. `parquet`: made by the store. */
export type AuditExportFormat = 'jsonl' | 'parquet'

/** Questions to the log. Every answer has each record once, whatever was written twice. */
export interface AuditLogReader {
  /**
   * A page, the newest first by default. Where a filter is decided over rows, a page may end early, even empty, and still have a next one.
   * @throws AuditLogError `AUDIT_SELECTION_INVALID`, `AUDIT_CURSOR_INVALID`, `AUDIT_LOG_UNREACHABLE`, ...; FilterError `FILTER_INVALID`
   */
  query(
    selection: AuditSelection,
    options?: WaitOptions & { readonly order?: AuditOrder; readonly limit?: number; readonly cursor?: string },
  ): Promise<AuditPage>
  /** All entries, the oldest first by default, streamed with bounded memory. Breaking the loop ends the query. `cursor`: behind this entry. */
  read(
    selection: AuditSelection,
    options?: WaitOptions & { readonly order?: AuditOrder; readonly cursor?: string },
  ): AsyncIterable<AuditEntry>
  /**
   * All entries of a bounded selection, each partition in the order of its offsets whatever its timestamps say, the partitions side by side about as Kafka's time
   * went. Streamed with bounded memory, and soon begun, however large the selection is.
   *
   * @param options `from`: where partitions begin, those not named at their first entry
   */
  readByOffset(
    selection: BoundedSelection,
    options?: WaitOptions & { readonly from?: readonly PartitionStart[] },
  ): AsyncIterable<AuditEntry>
  /** The cursor that stands behind an entry, for the same selection and order. */
  cursorOf(entry: AuditEntry, order: AuditOrder): string
  /**
   * Entries from now on, as they are stored: each record that becomes readable after the first question was answered, whatever its time, once.
   * A record that is stored a second time, long after the first, may come twice. Within a partition, records come in the order of their inserts, those of
   * one insert in offset order; partitions stored on different shards come in no order among each other. Ends only by
   * leaving the loop or the signal.
   */
  tail(selection: AuditSelection, options?: WaitOptions & { readonly pollMs?: number }): AsyncIterable<AuditEntry>
  /** The causation tree of a story. `limit`: most entries, 1,000 by default and 10,000 at most. */
  trace(story: AuditStory, options?: WaitOptions & { readonly limit?: number }): Promise<AuditTrace>
  /** The life of an entity, by Kafka's time, streamed. */
  timeline(selection: AuditTimelineSelection, options?: WaitOptions): AsyncIterable<AuditTimelineStep>
  summarize(selection: AuditSelection, options?: WaitOptions): Promise<AuditSummary>
  stats(selection: AuditSelection, options?: AuditStatsOptions): Promise<AuditStats>
  /** A file of all entries, the oldest first, as its bytes come. A broken `jsonl` goes on by itself; a broken `parquet` throws. */
  export(
    selection: AuditSelection,
    options: WaitOptions & { readonly format: AuditExportFormat },
  ): AsyncIterable<Uint8Array>
  /** Asks nothing. */
  explain(selection: AuditSelection): AuditExplanation
}

/** The audit log: written by the sink, read by people and by replays. */
export interface AuditLog extends AuditLogWriter, AuditLogReader {
  /** Connects and checks that the table can keep the promises; it creates nothing. */
  start(options?: WaitOptions): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}
