import { InvalidArgumentError } from '@commander-js/extra-typings'
import { type AuditSelection, ConfigurationError, parseEventPattern } from '@ledgerbus/core'
import ms from 'ms'

// How the text of a flag becomes a value. What is thrown here names the flag by itself: commander puts it in front.

/** `a,b` as a list. */
export function list(text: string): string[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (parts.length === 0) throw new InvalidArgumentError('It is empty.')
  return parts
}

/** Collects a flag that may be given more than once. */
export function collect(text: string, before: string[] | undefined): string[] {
  if (text === '') throw new InvalidArgumentError('It is empty.')
  return [...(before ?? []), text]
}

/** Collects event names and patterns, each checked. */
export function collectPattern(text: string, before: string[] | undefined): string[] {
  try {
    return [...(before ?? []), parseEventPattern(text).text]
  } catch (error) {
    if (error instanceof ConfigurationError) throw new InvalidArgumentError(`${error.problems.join('; ')}.`)
    throw error
  }
}

/** A number above 0. */
export function positive(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('Use a number above 0.')
  }
  return value
}

/** A whole number above 0. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/u.test(text)) throw new InvalidArgumentError('Use a whole number above 0.')
  return Number(text)
}

/** A number of things: 1 or more, or `all`. */
export function countOrAll(text: string): number {
  if (text === 'all') return Number.POSITIVE_INFINITY
  if (!/^[1-9]\d{0,11}$/u.test(text)) throw new InvalidArgumentError('Use a whole number above 0, or all.')
  return Number(text)
}

/** A TCP port; 0 takes a free one. */
export function port(text: string): number {
  const value = Number(text)
  if (!/^\d{1,5}$/u.test(text) || value > 65_535) throw new InvalidArgumentError('Use a port, 0 to 65535.')
  return value
}

/** An entity or an actor, or all of a type. */
export interface Subject {
  readonly type: string
  readonly id?: string
}

/** `order/o-1`, or `order` alone for all of that type. */
export function subject(text: string): Subject {
  const slash = text.indexOf('/')
  const type = slash < 0 ? text : text.slice(0, slash)
  const id = slash < 0 ? undefined : text.slice(slash + 1)
  if (type === '' || id === '') throw new InvalidArgumentError('Use type/id, e.g. order/o-1, or the type alone.')
  return { type, ...(id !== undefined && { id }) }
}

/** An http or https address without user and password. */
export function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new InvalidArgumentError('Use an http or https address.')
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidArgumentError('Leave user and password out; they come from the environment.')
  }
  return text
}

/** A whole number from 1 to this. */
export function wholeUpTo(most: number): (text: string) => number {
  return (text) => {
    if (!/^[1-9]\d{0,8}$/u.test(text) || Number(text) > most) {
      throw new InvalidArgumentError(`Use a whole number from 1 to ${most}.`)
    }
    return Number(text)
  }
}

/** One entity, `order/o-1`. */
export function oneEntity(text: string): Required<Subject> {
  const { type, id } = subject(text)
  if (id === undefined) throw new InvalidArgumentError('Use type/id, e.g. order/o-1.')
  return { type, id }
}

/** A bound, 0 or more, or `any` for none. */
export function boundOrAny(text: string): number {
  if (text === 'any') return Number.POSITIVE_INFINITY
  if (!/^\d{1,15}$/u.test(text)) throw new InvalidArgumentError('Use a whole number, 0 or more, or any.')
  return Number(text)
}

/** A number above 0, or `any` for no bound, also where a plan has one. */
export function positiveOrAny(text: string): number {
  return text === 'any' ? Number.POSITIVE_INFINITY : positive(text)
}

/** A duration in milliseconds: `500ms`, `30s`, `5m`, `2h`, `1d`. */
export function durationMs(text: string): number {
  if (!/^\d{1,6}(?:ms|s|m|h|d)$/u.test(text) || /^0+\D/u.test(text)) {
    throw new InvalidArgumentError('Use a duration above 0, e.g. 500ms, 30s, 5m, 2h.')
  }
  return ms(text as ms.StringValue)
}

/** Which of the records that replays published are wanted. */
export type ReplaysWanted = NonNullable<AuditSelection['replays']>

const wordsOfReplays: readonly ReplaysWanted[] = ['exclude', 'include', 'only']

/** `exclude`, `include`, `only`, or the id of a replay. */
export function replaysWanted(text: string): ReplaysWanted {
  const word = wordsOfReplays.find((known) => known === text)
  if (word !== undefined) return word
  // Ids bear digits, as UUIDs do: a word that is misspelled must not pass for one, as it would find nothing.
  if (/^[\w.-]*\d[\w.-]*$/u.test(text)) return { id: text }
  throw new InvalidArgumentError('Use exclude, include, only, or the id of a replay as `replay list` shows it.')
}
