import type { DeadLetterStatus } from '../state/letter-state.ts'

/** Dead letters with one error, and one of them as a sample. */
export interface FingerprintCount {
  readonly fingerprint: string
  readonly letters: number
  readonly errorClass?: string
  /** Of the one that failed last. It may hold anything that the error said. */
  readonly errorMessage?: string
  /** The step and handler that failed; absent where they differ. */
  readonly step?: string
  readonly handler?: string
  /** Where the one stands that failed last: `<partition>/<offset>`. */
  readonly sample: string
  /** Milliseconds since 1970. */
  readonly firstFailedAtMs: number
  readonly lastFailedAtMs: number
}

/** Dead letters of one event; `name` is absent for those whose event cannot be told. */
export interface EventCount {
  readonly name?: string
  readonly letters: number
}

/** What a selection of dead letters holds. Everything in it is JSON. */
export interface DeadLetterCounts {
  /** Each counted once, also where a crash left copies, or where it was set aside anew after a redrive. */
  readonly letters: number
  /** Distinct keys. */
  readonly keys: number
  /** Copies that a crash left, beyond the letters. */
  readonly copies: number
  readonly byStatus: Readonly<Partial<Record<DeadLetterStatus, number>>>
  /** The most frequent first. */
  readonly byFingerprint: readonly FingerprintCount[]
  readonly byEvent: readonly EventCount[]
  /** Of the oldest and newest failure, in milliseconds since 1970; absent when there is none. */
  readonly firstFailedAtMs?: number
  readonly lastFailedAtMs?: number
  /** The oldest failure of those that wait for somebody: pending, or failed again. Absent when none does. */
  readonly oldestWaitingAtMs?: number
}
