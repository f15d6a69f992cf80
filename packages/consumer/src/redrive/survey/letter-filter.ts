import { type EventPattern, matchesPattern, parseEventPattern } from '@ledgerbus/core'
import type { DeadLetter } from '../letter/dead-letter.ts'
import { type EventFacts, eventFactsOf } from '../letter/event-facts.ts'
import { placeText } from '../state/letter-state.ts'

/** Which dead letters. All given conditions must hold; lists match any of their members. */
export interface DeadLetterFilter {
  /** Names or patterns: `*` is one word, `**` any number. */
  readonly events?: readonly string[]
  readonly fingerprints?: readonly string[]
  /** `decode`, `validate`, `handle`, ... */
  readonly steps?: readonly string[]
  readonly handlers?: readonly string[]
  /** The groups that failed. */
  readonly groups?: readonly string[]
  /** Failed last from this time on, in milliseconds since 1970. */
  readonly fromMs?: number
  /** Failed last before this time. */
  readonly toMs?: number
  /** Keys of records, as text. */
  readonly keys?: readonly string[]
  readonly entityType?: string
  readonly entityId?: string
  readonly organizationId?: string
  readonly minRedriveCount?: number
  readonly maxRedriveCount?: number
  /** These very ones: `<partition>/<offset>` in the dead-letter topic. */
  readonly letters?: readonly string[]
}

const decoder = new TextDecoder()

/**
 * A filter ready to ask. The event is decoded once a letter, and only where a condition needs it.
 *
 * @throws ConfigurationError for a pattern that can match nothing
 */
export function compileFilter(filter: DeadLetterFilter): (letter: DeadLetter, event: () => EventFacts) => boolean {
  const patterns = filter.events?.map(parseEventPattern)
  const { entityType, entityId, organizationId } = filter
  const needsEvent =
    patterns !== undefined || entityType !== undefined || entityId !== undefined || organizationId !== undefined

  return (letter, event) => {
    if (!fitsFacts(filter, letter)) return false
    if (!needsEvent) return true
    const facts = event()
    return (
      fitsAny(patterns, facts.name) &&
      fits(entityType, facts.entityType) &&
      fits(entityId, facts.entityId) &&
      fits(organizationId, facts.organizationId)
    )
  }
}

/** The event of a letter, read when first asked for. */
export function lazyEvent(letter: DeadLetter): () => EventFacts {
  let facts: EventFacts | undefined
  return () => {
    facts ??= eventFactsOf(letter.record)
    return facts
  }
}

function fitsFacts(filter: DeadLetterFilter, letter: DeadLetter): boolean {
  const { fromMs, toMs, minRedriveCount, maxRedriveCount } = filter
  return (
    isIn(filter.fingerprints, letter.error.fingerprint) &&
    isIn(filter.steps, letter.step) &&
    isIn(filter.handlers, letter.handler) &&
    isIn(filter.groups, letter.origin.group) &&
    isIn(filter.letters, placeText(letter.record)) &&
    (filter.keys === undefined || isIn(filter.keys, keyText(letter))) &&
    (fromMs === undefined || letter.failedAtMs >= fromMs) &&
    (toMs === undefined || letter.failedAtMs < toMs) &&
    (minRedriveCount === undefined || letter.redriveCount >= minRedriveCount) &&
    (maxRedriveCount === undefined || letter.redriveCount <= maxRedriveCount)
  )
}

function keyText({ record }: DeadLetter): string | undefined {
  return record.key === null ? undefined : decoder.decode(record.key)
}

function isIn(wanted: readonly string[] | undefined, value: string | undefined): boolean {
  return wanted === undefined || (value !== undefined && wanted.includes(value))
}

function fits(wanted: string | undefined, value: string | undefined): boolean {
  return wanted === undefined || wanted === value
}

function fitsAny(patterns: readonly EventPattern[] | undefined, name: string | undefined): boolean {
  return patterns === undefined || (name !== undefined && patterns.some((pattern) => matchesPattern(pattern, name)))
}
