import type {
  AuditEntry,
  AuditExplanation,
  AuditSelection,
  AuditSummary,
  PartitionBound,
  PartitionStart,
  WaitOptions,
} from '@ledgerbus/core'
import type { TellDone } from '../plan/plan-progress.ts'
import type { FrozenSelection, ReplayOrder } from '../plan/replay-plan.ts'

/** A selection whose upper offsets may still be open: planning closes them. */
export type OpenSelection = Omit<FrozenSelection, 'below'> & { readonly below?: readonly PartitionBound[] }

/** What a selection holds at one moment. */
export interface ReplaySurvey {
  readonly summary: AuditSummary
  /** Oldest and newest entry by Kafka's time; absent where there is none. */
  readonly first?: AuditEntry
  readonly last?: AuditEntry
  /** Sentences for a person about what of the range is not there any more: let go by retention, erased. */
  readonly losses: readonly string[]
}

/** Options of a survey. */
export interface SurveyOptions extends WaitOptions {
  /** Called now and then by a source that has to read offset by offset what it counts. */
  readonly onRead?: TellDone
}

/** Where reading goes on: by offset in each partition, or behind one place of a stream that is ordered by time. */
export type ReplayPosition =
  | { readonly order: 'key'; readonly starts: readonly PartitionStart[] }
  | { readonly order: 'time'; readonly cursor?: string }

/** Where the entries of a replay come from. */
export interface ReplaySource {
  readonly name: 'log' | 'kafka'
  /** What the source decides itself, and what is decided over its rows. Asks nothing. */
  explain(selection: AuditSelection): AuditExplanation
  /** Counts what stands now. Its `summary.bounds` close an open selection. */
  survey(selection: OpenSelection, options?: SurveyOptions): Promise<ReplaySurvey>
  /**
   * The entries of a frozen selection that stand behind a position, in an order that depends on nothing else: `key` each partition by offset, partitions side by
   * side; `time` all by Kafka's time.
   */
  read(selection: FrozenSelection, position: ReplayPosition, wait?: WaitOptions): AsyncIterable<AuditEntry>
  /** The cursor behind an entry, for positions in the order of time. */
  cursorOf(entry: AuditEntry): string
}

/** Where a reading that has not begun stands. */
export function firstPosition(order: ReplayOrder): ReplayPosition {
  return order === 'key' ? { order, starts: [] } : { order }
}
