import type { AuditEntry } from './audit-log.ts'
import type { TopicPartition } from './topic-partition.ts'
import type { WaitOptions } from './wait-options.ts'

/** Some offsets of one partition, `[from, to)`. */
export interface InspectedSpan extends TopicPartition {
  readonly cluster: string
  readonly from: bigint
  readonly to: bigint
  /** Only entries of these Kafka times, `[fromMs, toMs)`, in milliseconds since 1970. */
  readonly fromMs?: number
  readonly toMs?: number
}

/** One record as it stands in the log, with what readers do not see. */
export interface InspectedEntry {
  /** What every reader gets. */
  readonly entry: AuditEntry
  /** Further rows of the same coordinates, which readers leave out; of an erased entry those that a late insert brought back. */
  readonly copies: readonly AuditEntry[]
  /** Why no reader can make anything of it: a status or a marker that no version writes. Then `entry` holds what there is, as undecodable. */
  readonly problem?: string
}

/** The log looked at closely, for those who check it. Questions belong to `AuditLogReader`. */
export interface AuditLogInspector {
  /** Entries of a span by offset, then Kafka time, replays included, with bounded memory. Breaking the loop ends the query. */
  inspect(span: InspectedSpan, options?: WaitOptions): AsyncIterable<InspectedEntry>
  /** After how many days the log lets entries go, by Kafka's time; `undefined`: never. */
  retentionDays(options?: WaitOptions): Promise<number | undefined>
}
