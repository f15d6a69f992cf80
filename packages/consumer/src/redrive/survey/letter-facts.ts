import type { DeadLetter, DeadLetterOrigin } from '../letter/dead-letter.ts'
import type { EventFacts } from '../letter/event-facts.ts'

/** What is remembered of a dead letter while many are counted: no value, no headers. */
export interface LetterFacts {
  readonly origin: DeadLetterOrigin
  readonly partition: number
  /** The key's bytes as text that tells keys apart; absent: no key. */
  readonly key?: string
  readonly handler?: string
  readonly step: string
  readonly redriveCount: number
  readonly failedAtMs: number
  readonly fingerprint: string
  readonly errorClass?: string
  readonly errorMessage?: string
  readonly event?: string
}

export function factsOfLetter(letter: DeadLetter, event: () => EventFacts): LetterFacts {
  const { origin, handler, step, redriveCount, failedAtMs, error, record } = letter
  const { name } = event()
  return {
    origin,
    partition: record.partition,
    ...(record.key !== null && { key: Buffer.from(record.key).toString('latin1') }),
    ...(handler !== undefined && { handler }),
    step,
    redriveCount,
    failedAtMs,
    fingerprint: error.fingerprint,
    ...(error.class !== undefined && { errorClass: error.class }),
    ...(error.message !== undefined && { errorMessage: error.message }),
    ...(name !== undefined && { event: name }),
  }
}
