import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../errors/configuration-error.ts'
import { matchesPattern, parseEventPattern } from './event-pattern.ts'

function matches(pattern: string, name: string): boolean {
  return matchesPattern(parseEventPattern(pattern), name)
}

describe('an event pattern', () => {
  it('that is a name matches that name only', () => {
    expect(matches('order.created', 'order.created')).toBe(true)
    expect(matches('order.created', 'order.create')).toBe(false)
    expect(matches('order.created', 'order.created.late')).toBe(false)
  })

  it('takes * for exactly one word', () => {
    expect(matches('user.*', 'user.created')).toBe(true)
    expect(matches('user.*', 'user.profile.updated')).toBe(false)
    expect(matches('*.created', 'order.created')).toBe(true)
    expect(matches('user.*.updated', 'user.profile.updated')).toBe(true)
    expect(matches('user.*.updated', 'user.updated')).toBe(false)
  })

  it('takes ** for any number of words, none included', () => {
    expect(matches('user.**', 'user.created')).toBe(true)
    expect(matches('user.**', 'user.profile.updated')).toBe(true)
    expect(matches('user.**', 'users.created')).toBe(false)
    expect(matches('**.updated', 'user.profile.updated')).toBe(true)
    expect(matches('user.**.updated', 'user.updated')).toBe(true)
    expect(matches('**', 'order.created')).toBe(true)
  })

  it('goes back to the last ** when what follows it fits too early', () => {
    expect(matches('**.a.b', 'a.c.a.b')).toBe(true)
    expect(matches('a.**.b.*.c', 'a.b.x.b.y.c')).toBe(true)
    expect(matches('a.**.b.**.c', 'a.x.b.y.b.z.c')).toBe(true)
    expect(matches('a.**.b.**.c', 'a.x.c.y.z')).toBe(false)
  })

  it.each(['', 'order.', '.created', 'order..created', 'Order.*', 'order.cre*', 'order.!(x)', 'order.[ab]', 'a.***'])(
    'must not be %j',
    (text) => {
      expect(() => parseEventPattern(text)).toThrow(ConfigurationError)
    },
  )

  it('that can match no event is refused, with what to write in its place', () => {
    expect(() => parseEventPattern('*')).toThrow('"**" matches every event')
    expect(() => parseEventPattern('order')).toThrow('names have two or more words')
  })

  it('has at most 200 characters', () => {
    expect(() => parseEventPattern(`a.${'b'.repeat(199)}`)).toThrow('at most 200 characters, not 201')
  })

  it('is frozen and keeps its text', () => {
    const pattern = parseEventPattern('order.**.**.created')
    expect(pattern.text).toBe('order.**.**.created')
    expect(pattern.segments).toEqual(['order', '**', 'created'])
    expect(Object.isFrozen(pattern) && Object.isFrozen(pattern.segments)).toBe(true)
  })

  it('matches what the plain recursive meaning of its words matches', () => {
    const word = fc.constantFrom('a', 'b')
    const segment = fc.constantFrom('a', 'b', '*', '**')
    fc.assert(
      fc.property(
        fc.array(segment, { minLength: 2, maxLength: 8 }),
        fc.array(word, { minLength: 2, maxLength: 8 }),
        (segments, words) => {
          expect(matches(segments.join('.'), words.join('.'))).toBe(means(segments, words))
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('takes no longer than words times words, however many ** it has', () => {
    const pattern = parseEventPattern(`${'**.a.'.repeat(39)}b`)
    const name = Array.from({ length: 100 }, () => 'a').join('.')
    const counted = countingSplit(name)
    expect(matchesPattern(pattern, counted.name)).toBe(false)
    expect(counted.reads()).toBeLessThanOrEqual(100 * 79 * 2)
  })
})

/** The meaning of a pattern, as slow as it is plain. */
function means([segment, ...segments]: readonly string[], words: readonly string[]): boolean {
  if (segment === undefined) return words.length === 0
  if (segment === '**')
    return means(segments, words) || (words.length > 0 && means([segment, ...segments], words.slice(1)))
  return words.length > 0 && (segment === '*' || segment === words[0]) && means(segments, words.slice(1))
}

/** A name whose words count how often they are read. */
function countingSplit(text: string): { readonly name: string; reads(): number } {
  let reads = 0
  const words = new Proxy(text.split('.'), {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) reads += 1
      return Reflect.get(target, key)
    },
  })
  // The matcher asks the name for nothing but its words.
  return { name: { split: () => words } as unknown as string, reads: () => reads }
}
