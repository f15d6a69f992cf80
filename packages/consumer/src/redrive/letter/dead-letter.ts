import type { ConsumerRecord } from '@ledgerbus/core'

/** Who wrote a dead letter, and so in which headers its facts stand; `unknown`: it bears no such headers. */
export type DeadLetterDialect =
  | 'ledgerbus'
  | 'spring-kafka'
  | 'kafka-streams'
  | 'kafka-connect'
  | 'wolverine'
  | 'original-headers'
  | 'x-original-headers'
  | 'unknown'

/** Where the record stood that failed, and whose failure it was; what the headers do not say is absent. */
export interface DeadLetterOrigin {
  readonly topic?: string
  readonly partition?: number
  readonly offset?: bigint
  /** Kafka's timestamp of the record, in milliseconds since 1970. */
  readonly timestampMs?: bigint
  readonly group?: string
}

/** What is known of the error. */
export interface DeadLetterError {
  readonly class?: string
  readonly code?: string
  readonly message?: string
  readonly stack?: string
  /** The same for errors that differ only in numbers, ids and quoted words; computed where the headers have none. */
  readonly fingerprint: string
}

/** A record set aside, as its headers tell it. */
export interface DeadLetter {
  readonly dialect: DeadLetterDialect
  readonly origin: DeadLetterOrigin
  /** The handler that failed; absent when none was reached, or none was named. */
  readonly handler?: string
  /** `decode`, `validate`, `handle`, ...; `unknown` where the headers do not say. */
  readonly step: string
  /** Why it was given up: `attempts-exhausted`, `fatal`, ... */
  readonly reason?: string
  readonly error: DeadLetterError
  readonly attempts?: number
  /** Of the last failure, in milliseconds since 1970; without a header the time of the dead letter itself. */
  readonly failedAtMs: number
  /** How many times it was redriven. */
  readonly redriveCount: number
  /** The run that redrove it last, and the dead letter it then was: `<topic>/<partition>/<offset>`. */
  readonly redriveId?: string
  readonly redriveOf?: string
  /** The dead letter itself: its coordinates, and the bytes of the record that failed. */
  readonly record: ConsumerRecord
}
