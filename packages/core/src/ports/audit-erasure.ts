import type { AuditEntry, AuditReading, AuditSelection } from './audit-log.ts'
import type { WaitOptions } from './wait-options.ts'

/** What is left of an entry whose bytes were erased. */
export interface Erasure {
  /** How the record was read before. */
  readonly was: Exclude<AuditReading['status'], 'erased'>
  /** The event it was; absent where there was none. */
  readonly event?: {
    readonly eventId: string
    readonly name: string
    readonly version: number
    /** RFC 3339. */
    readonly timestamp: string
    readonly organizationId?: string
  }
  /** Why, as whoever asked for it said. */
  readonly reason: string
  /** Who asked for it. */
  readonly by: string
  /** In milliseconds since 1970. */
  readonly erasedAtMs: number
  /**
   * SHA-256 of what was erased (status, key, value, headers), in hexadecimal: seals and comparisons with Kafka hold on to it. Who has a guess at all
   * of the bytes can test it.
   */
  readonly sha256: string
}

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
