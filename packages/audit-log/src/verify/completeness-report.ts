import type { AuditFinding, FindingKind } from './audit-finding.ts'

/** Why something could not be compared. */
export type NotComparableReason =
  /** Kafka let the records go: retention, or they were deleted. */
  | 'gone-from-kafka'
  /** The topic is compacted, so a record with a key may be gone for a later one. */
  | 'compacted'
  /** Entries of a topic of the same name that was deleted: older than everything the present one holds. */
  | 'another-incarnation'
  /** The log let entries of these times go. */
  | 'gone-from-log'

/** What could not be compared, and where it lies. */
export interface NotComparable {
  readonly reason: NotComparableReason
  /** Entries of the log; with `gone-from-log`, records of Kafka. */
  readonly count: number
  /** Lowest and highest offset. */
  readonly first: bigint
  readonly last: bigint
}

/** Offsets without an entry. Transactions and compaction leave such holes, so a gap is no loss; below Kafka's first offset nobody can tell. */
export interface OffsetGap {
  readonly from: bigint
  /** Exclusive. */
  readonly to: bigint
}

/** What one partition holds, here and there. */
export interface PartitionReport {
  readonly topic: string
  readonly partition: number
  /** Kafka's first offset and end, when it was looked at last. */
  readonly low: bigint
  readonly end: bigint
  /** What the sink's group committed: up to here the log must have everything. Absent: nothing, or no group was asked for. */
  readonly committed?: bigint
  /** Offsets that were compared, `[from, to)`. */
  readonly from: bigint
  readonly to: bigint
  /** Records that Kafka holds there, of the times asked for. */
  readonly records: number
  /** Records whose entry is the same, byte for byte. */
  readonly same: number
  /** Records whose entry was erased on request, with the hash of the same bytes. */
  readonly erased: number
  /** Rows beyond the first of each record. Readers leave them out and merges remove them. */
  readonly hiddenCopies: number
  /** Offsets that the sink has not committed yet: not due. Holes count, so it is an upper bound of records. */
  readonly notDue: bigint
  readonly findings: Readonly<Record<FindingKind, number>>
  readonly notComparable: readonly NotComparable[]
  /** Gaps between entries that Kafka no longer has, the first few, and how many there are. */
  readonly gaps: { readonly count: number; readonly first: readonly OffsetGap[] }
}

/** `complete`: every record asked for stands in the log as it is. `partly`: nothing is wrong, but not everything could be compared. */
export type Verdict = 'complete' | 'partly' | 'findings'

/** How log and Kafka compare. */
export interface CompletenessReport {
  readonly verdict: Verdict
  readonly cluster: string
  readonly groupId?: string
  /** Kafka times that were compared, in milliseconds since 1970. */
  readonly fromMs?: number
  readonly toMs?: number
  readonly verifiedAtMs: number
  readonly durationMs: number
  /** After how many days the log lets entries go; absent: never. */
  readonly retentionDays?: number
  readonly partitions: readonly PartitionReport[]
  /** The first of them; how many there are stands with each partition. */
  readonly findings: readonly AuditFinding[]
  readonly findingsLeftOut: number
}
