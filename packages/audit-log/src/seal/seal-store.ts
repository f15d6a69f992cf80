import type { WaitOptions } from '@ledgerbus/core'

/** A seal as it is stored, whatever it says. */
export interface StoredSeal {
  /** Its place in the order. */
  readonly number: number
  readonly text: string
}

/** A seal that is being written: its index first, which may be large, then the seal itself. */
export interface SealDraft {
  append(bytes: Uint8Array): Promise<void>
  /**
   * Stores the seal behind the last one; afterwards it is there whole and for good, or not at all.
   * @throws AuditLogError `AUDIT_SEAL_STORE_FAILED`, also where another seal of the number was faster
   */
  commit(seal: { readonly text: string; readonly index: string }): Promise<void>
  /** Lets go of what was written. Idempotent; does nothing after a commit. */
  discard(): Promise<void>
}

/** Where seals are kept: outside of the log, best where who can change the log cannot write. */
export interface SealStore {
  /** All seals in the order of their numbers. */
  seals(options?: WaitOptions): AsyncIterable<StoredSeal>
  /**
   * Bytes `[start, start + bytes)` of the index of a seal; all of it without a range.
   * @param index its SHA-256, as the seal says it; nothing is yielded where there is none
   */
  index(
    seal: { readonly number: number; readonly index: string },
    range?: { readonly start: number; readonly bytes: number },
  ): AsyncIterable<Uint8Array>
  /** Begins the seal with this number. */
  draft(number: number): Promise<SealDraft>
}
