import { matchesPattern, parseEventPattern } from '@ledgerbus/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createParameters } from '../clickhouse/statement.ts'
import { nameCondition } from './name-condition.ts'

const segment = fc.constantFrom('a', 'b', 'ab', '*', '**')
const word = fc.constantFrom('a', 'b', 'ab', '', 'A')
const patternText = fc
  .array(segment, { minLength: 1, maxLength: 6 })
  .filter((segments) => segments.length > 1 || segments[0] === '**')
  .map((segments) => segments.join('.'))

/** Says what the condition says, with JavaScript's own regular expressions: these ones mean the same there as in RE2. */
function selects(names: readonly string[], name: string): boolean {
  const parameters = createParameters()
  const condition = nameCondition(names, parameters)
  const unescaped = [...parameters.all.values()].map((text) => text.replaceAll('\\\\', '\\'))
  const expression = condition.includes('match(') ? unescaped.at(-1) : undefined
  const lists = (expression === undefined ? unescaped : unescaped.slice(0, -1)).flatMap((list) =>
    list.slice(2, -2).split("','"),
  )
  return lists.includes(name) || (expression !== undefined && new RegExp(expression, 'v').test(`.${name}`))
}

describe('names as a condition', () => {
  it('select what the patterns of core match, neither more nor less', () => {
    fc.assert(
      fc.property(
        fc.array(patternText, { minLength: 1, maxLength: 3 }),
        fc.array(word, { minLength: 1, maxLength: 6 }),
        (patterns, words) => {
          const name = words.join('.')
          const expected = patterns.some((text) => matchesPattern(parseEventPattern(text), name))
          expect(selects(patterns, name)).toBe(expected)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('select entries with an event only', () => {
    expect(nameCondition(['**'], createParameters())).toMatch(/^event_name != '' AND /)
  })

  it('bind every name: none stands in the text', () => {
    const parameters = createParameters()
    expect(nameCondition(['order.created', 'user.*'], parameters)).not.toMatch(/order|user/)
  })

  it('refuse a malformed pattern', () => {
    expect(() => nameCondition(["order.created' OR 1"], createParameters())).toThrow(
      expect.objectContaining({ code: 'AUDIT_SELECTION_INVALID' }),
    )
  })
})
