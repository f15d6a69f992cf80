import type { AuditEntry, AuditSelection } from './audit-log.ts'
import type { WaitOptions } from './wait-options.ts'

/** What to erase. At least one of `eventIds`, entity, actor, organization or correlation; the rest narrows it. */
export type ErasureSelection = Pick<
  AuditSelection,
  | 'eventIds'
  | 'entityType'
  | 'entityId'
  | 'actorType'
  | 'actorId'
  | 'organizationId'
  | 'correlationId'
  | 'names'
  | 'topics'
  | 'fromMs'
  | 'toMs'
  | 'timeField'
>

/** What an erasure would take out, counted; nothing has happened yet. */
export interface ErasurePlan {
  /** Frozen: what is logged after the plan is not in it. */
  readonly selection: AuditSelection
  readonly entries: number
  /** Bytes of keys and values. */
  readonly bytes: number
  readonly byName: readonly { readonly name: string; readonly version: number; readonly entries: number }[]
  readonly byTopic: readonly { readonly topic: string; readonly entries: number }[]
  /** Event times of the first and last entry, in milliseconds since 1970; absent when there is none. */
  readonly firstMs?: number
  readonly lastMs?: number
  /** The first few entries, by Kafka's time. */
  readonly sample: readonly AuditEntry[]
}

/** What an erasure did. */
export interface ErasureReport {
  readonly planned: number
  /** Entries that this run erased; fewer than planned where a former run, or another one at the same time, was faster. */
  readonly erased: number
  /** Rows whose bytes were removed, copies included, also those that a late insert brought back after a former erasure. */
  readonly removedRows: number
}

/** Options of {@link AuditLogEraser.erase}. */
export interface EraseOptions extends WaitOptions {
  /** Why; stands in every entry for good. At most 1,000 characters, and nothing that would have to be erased itself. */
  readonly reason: string
  /** Who asked for it. At most 200 characters. */
  readonly by: string
  /** Called now and then with the number of entries erased so far. */
  readonly onProgress?: (erased: number) => void
}

/** Takes the bytes of entries out of the log, and leaves word that they were there. */
export interface AuditLogEraser {
  /**
   * What would be erased: entries of all replays, too, as a copy that was published again holds the same bytes.
   *
   * @throws AuditLogError `AUDIT_ERASURE_INVALID` where nothing is named that bounds it, `AUDIT_SELECTION_INVALID`, ...
   */
  planErasure(selection: ErasureSelection, options?: WaitOptions): Promise<ErasurePlan>
  /**
   * Erases what is planned. Each entry reads as erased as soon as its marker stands, and no later insert of the same record changes that; then
   * the bytes are removed. Killed in between, the next run finishes: the same plan again, or one made anew.
   *
   * @throws AuditLogError `AUDIT_ERASURE_INVALID` for a missing reason or name, ...
   */
  erase(plan: ErasurePlan, options: EraseOptions): Promise<ErasureReport>
}
