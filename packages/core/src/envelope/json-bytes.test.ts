import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventDecodeError } from '../errors/event-decode-error.ts'
import { type JsonLimits, parseJson } from './json-bytes.ts'

const encoder = new TextEncoder()

function outcome(text: string, limits: JsonLimits): unknown {
  try {
    return { value: parseJson(encoder.encode(text), limits) }
  } catch (error) {
    return error instanceof EventDecodeError ? error.code : error
  }
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

function keysOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const own = Array.isArray(value) ? 0 : Object.keys(value).length
  return Object.values(value).reduce<number>((sum, member) => sum + keysOf(member), own)
}

/** Values whose texts are full of what counts outside of texts. */
const trickyText = fc.string({ unit: fc.constantFrom('"', '\\', '{', '[', ']', '}', ':', 'ü', '\u{1f600}', 'a') })
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'large' },
    trickyText,
    fc.integer(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(trickyText, tie('value'), { maxKeys: 4 }),
  ),
}))

describe('JSON of a stranger', () => {
  it('is refused exactly when it is deeper or has more keys than allowed, whatever its texts hold', () => {
    fc.assert(
      fc.property(
        anyValue,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 12 }),
        (value, maxDepth, maxKeys) => {
          const result = outcome(JSON.stringify(value), { maxDepth, maxKeys })
          const isDeep = depthOf(value) > maxDepth
          const isWide = keysOf(value) > maxKeys
          if (!isDeep && !isWide) expect(result).toEqual({ value: JSON.parse(JSON.stringify(value)) })
          else
            expect(result).toBe(
              isDeep && (!isWide || result === 'EVENT_TOO_DEEP') ? 'EVENT_TOO_DEEP' : 'EVENT_TOO_MANY_KEYS',
            )
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('is refused at the first level, or key, too many', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
    const wide = (keys: number) => `{${Array.from({ length: keys }, (_, index) => `"${index}":0`).join(',')}}`
    expect([nested(64), wide(10_000)].map((text) => Object.keys(outcome(text, {}) as object))).toEqual([
      ['value'],
      ['value'],
    ])
    expect([nested(65), wide(10_001)].map((text) => outcome(text, {}))).toEqual([
      'EVENT_TOO_DEEP',
      'EVENT_TOO_MANY_KEYS',
    ])
  })

  it('never fails otherwise than by saying so, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          parseJson(bytes, { maxDepth: 2, maxKeys: 2 })
        } catch (error) {
          expect(error).toBeInstanceOf(EventDecodeError)
        }
      }),
    )
  })

  it('is searched in time proportional to its length, also when a text never ends', () => {
    // Every quote of it stands behind a backslash, and there are enough brackets for the closer look.
    const text = `${'['.repeat(60)}${'{'.repeat(60)}"${'\\"'.repeat(400_000)}`
    const started = performance.now()
    expect(outcome(text, { maxDepth: 200 })).toBe('EVENT_UNDECODABLE')
    expect(outcome(`"${'\\'.repeat(400_000)}${'['.repeat(100)}`, {})).toBe('EVENT_UNDECODABLE')
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})
