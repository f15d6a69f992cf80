import { ConfigurationError } from '../errors/configuration-error.ts'

/** Longest pattern, in characters. */
const maxPatternLength = 200

/** A pattern of event names, parsed and checked. */
export interface EventPattern {
  /** As it was written. */
  readonly text: string
  /** Words, `*` or `**`; neighbouring `**` are one. */
  readonly segments: readonly string[]
}

const word = /^[a-z0-9_]+$/

/**
 * Reads a pattern of event names: `*` stands for one word, `**` for any number of words, none included. `user.*` matches
 * `user.created` and not `user.profile.updated`; `user.**` matches both; `**` matches every event. A name is a pattern of itself.
 *
 * @throws ConfigurationError for a pattern that is malformed or can match no name
 */
export function parseEventPattern(text: string): EventPattern {
  const problem = patternProblem(text)
  if (problem !== undefined) throw new ConfigurationError('event pattern', [problem])
  const segments = text.split('.').filter((segment, index, all) => segment !== '**' || all[index - 1] !== '**')
  return Object.freeze({ text, segments: Object.freeze(segments) })
}

function patternProblem(text: unknown): string | undefined {
  if (typeof text !== 'string' || text === '') return 'a pattern is a text such as "order.*"'
  if (text.length > maxPatternLength) return `at most ${maxPatternLength} characters, not ${text.length}`
  const segments = text.split('.')
  const wrong = segments.find((segment) => segment !== '*' && segment !== '**' && !word.test(segment))
  if (wrong !== undefined) {
    return `${JSON.stringify(text)}: between dots stands a word of a-z, 0-9 and _, or "*" for one word, or "**" for any number, not ${JSON.stringify(wrong)}`
  }
  if (segments.length === 1 && text !== '**') {
    return `${JSON.stringify(text)} matches no event, names have two or more words; "**" matches every event`
  }
  return undefined
}

/**
 * Whether a name fits a pattern. Compared word by word, without a regular expression: at most words of the name times words of the pattern
 * steps, whatever the pattern.
 */
export function matchesPattern(pattern: EventPattern, name: string): boolean {
  const { segments } = pattern
  const words = name.split('.')
  let segment = 0
  let at = 0
  // Where to go on when the text behind the last `**` turned out not to fit: that `**` takes one word more.
  let retrySegment = -1
  let retryAt = 0
  while (at < words.length) {
    const expected = segments[segment]
    if (expected === '**') {
      segment += 1
      retrySegment = segment
      retryAt = at
    } else if (expected === '*' || (expected !== undefined && expected === words[at])) {
      segment += 1
      at += 1
    } else if (retrySegment >= 0) {
      retryAt += 1
      at = retryAt
      segment = retrySegment
    } else {
      return false
    }
  }
  while (segments[segment] === '**') segment += 1
  return segment === segments.length
}
