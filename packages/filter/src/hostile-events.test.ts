import { textHeader } from '@ledgerbus/core'
import { anEnvelope } from '../test/an-envelope.ts'
import { describe, expect, it } from 'vitest'
import { compileFilter } from './compile-filter.ts'

/** A busy machine is slow now and then, a costly filter is always. Without the limits most of these take seconds to hours. */
const boundMs = 100

function fastestMs(action: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now()
    action()
    return performance.now() - start
  })
  return Math.min(...times)
}

const nested = JSON.parse(`${'['.repeat(60)}1${']'.repeat(60)}`) as unknown
const ones = Array.from({ length: 400_000 }, () => 1)
const long = 'a'.repeat(900_000)
const halves = Array.from({ length: 10_000 }, (_, index) => ({ index, text: 'a'.repeat(40) }))
const wide = Object.fromEntries(Array.from({ length: 9_000 }, (_, index) => [`key${index}`, index]))
// Through JSON, as an event arrives.
const after: unknown = JSON.parse(
  JSON.stringify({
    ones,
    long,
    other: `${'a'.repeat(899_999)}b`,
    same: 'a'.repeat(900_000),
    part: `${'a'.repeat(100_000)}b${'a'.repeat(100_000)}`,
    nested,
    also: structuredClone(nested),
    halves,
    wide,
    clone: { ...wide },
    digits: '9'.repeat(900_000),
    mixed: Array.from({ length: 3_000 }, (_, index) => (index % 2 === 0 ? 'ab' : 'ba').repeat(100)),
  }),
)
const event = anEnvelope({ payload: { after } })
const headers = [
  ...Array.from({ length: 1_000 }, (_, index) => textHeader(`h${index}`, 'a')),
  textHeader('big', 'a'.repeat(100_000)),
]

const costly = [
  'payload.after.ones.exists(x, x == 2)',
  'payload.after.ones.all(x, payload.after.ones.all(y, x == y))',
  'payload.after.halves.exists(x, payload.after.halves.exists(y, x == y && x.index < 0))',
  'payload.after.halves.map(x, payload.after.halves.map(y, y)) == []',
  'payload.after.halves.all(x, payload.after.long == payload.after.same)',
  'payload.after.halves.all(x, payload.after.long < payload.after.other)',
  'payload.after.halves.all(x, payload.after.other.contains("aaaaaaaab"))',
  'payload.after.halves.all(x, !payload.after.long.contains(payload.after.part))',
  'payload.after.halves.all(x, size(payload.after.long) > 1)',
  'payload.after.halves.all(x, payload.after.wide == payload.after.clone)',
  'payload.after.halves.all(x, payload.after.wide.size() > 1)',
  'payload.after.halves.all(x, payload.after.wide.exists(key, true))',
  'payload.after.halves.all(x, [payload.after.ones] == [payload.after.ones.filter(y, true)])',
  'payload.after.halves.all(x, !(2 in payload.after.ones))',
  `(${Array.from({ length: 40 }, () => 'payload.after.long').join(' + ')}).contains("b")`,
  'payload.after.halves.map(x, payload.after.long + payload.after.other).size() > 1',
  'payload.after.ones.all(x, timestamp >= timestamp)',
  'payload.after.ones.all(x, headers.big != "b")',
  're2(payload.after.long, "(a+)+$")',
  're2(payload.after.long, "^(a|aa)+b$")',
  'payload.after.mixed.exists(x, re2(x, "^.*a.{100}[cd]"))',
  'payload.after.halves.all(x, string(1.7976931348623157e308 / x.index) != "")',
  'payload.after.halves.exists(x, timestamp + duration(string(x.index) + "s") < timestamp("2026-01-31T12:00:00Z"))',
]

describe('an event made to be costly', () => {
  it.for(costly)('ends in time, with a problem: %s', (text) => {
    const filter = compileFilter(text)
    expect(filter.matches(event, headers)).toMatchObject({ matched: false, problem: { reason: 'too-costly' } })
    expect(fastestMs(() => filter.matches(event, headers))).toBeLessThan(boundMs)
  })

  it.for([
    'payload.after.nested == payload.after.also',
    '!payload.after.other.contains("aab" + "a")',
    'payload.after.long.startsWith("aaa") && payload.after.other.endsWith("aab")',
    '!payload.after.long.contains(payload.after.part)',
    'payload.after.long == payload.after.same',
    'payload.after.wide.key8999 == 8999 && "key1" in payload.after.wide',
    'payload.after.halves.exists(half, half.index == 9999)',
    '1 in payload.after.ones && payload.after.ones[399999] == 1',
    'payload.after.digits != "1"',
  ])('is judged all the same where that takes a moment: %s', (text) => {
    const filter = compileFilter(text)
    expect(filter.matches(event, headers)).toEqual({ matched: true })
    expect(fastestMs(() => filter.matches(event, headers))).toBeLessThan(boundMs)
  })

  it('is not converted where a text is too long for what it should be', () => {
    for (const text of ['int(payload.after.digits) > 1', 'double(payload.after.digits) > 1.0']) {
      const filter = compileFilter(text)
      expect(filter.matches(event, headers)).toMatchObject({ problem: { reason: 'not-convertible' } })
      expect(fastestMs(() => filter.matches(event, headers))).toBeLessThan(boundMs)
    }
  })

  it('nested deeper than any that is decoded is compared without ending the process', () => {
    const depth = 100_000
    const deep = (): unknown => {
      let value: unknown = 1
      for (let level = 0; level < depth; level += 1) value = [value]
      return value
    }
    const made = anEnvelope({ payload: { before: deep(), after: deep() } })
    const filter = compileFilter('payload.before == payload.after')
    expect(filter.matches(made)).toMatchObject({ matched: false, problem: { reason: 'too-costly' } })
  })

  it('costs the same whatever its shape, the first time and the last', () => {
    const filter = compileFilter('payload.before == payload.after')
    const start = performance.now()
    // Each event has a shape of its own, as the bits of its number say. An evaluation that keeps each shape it saw takes 25 s and 1.5 GB.
    for (let shape = 0; shape < 20_000; shape += 1) {
      let value: unknown = 1
      for (let bit = 0; bit < 40; bit += 1) value = ((shape >> (bit % 20)) & 1) === 1 ? [value] : { value }
      expect(filter.matches(anEnvelope({ payload: { before: value, after: [value] } })).problem).toBeUndefined()
    }
    expect(performance.now() - start).toBeLessThan(5_000)
  })
})

describe('a filter made to be costly', () => {
  it.for([
    '!'.repeat(4_096),
    '('.repeat(4_096),
    '['.repeat(4_096),
    '{"a":'.repeat(800),
    'a.'.repeat(2_048),
    '-'.repeat(4_096),
    'a?'.repeat(2_048),
    `"${'\\u0041'.repeat(680)}" == name`,
    `name == "a"${' || name == "a"'.repeat(290)}`,
    '9'.repeat(4_096),
    `re2(name, "${'(a*)*'.repeat(39)}")`,
    `re2(name, "${'\\\\pL'.repeat(49)}")`,
    `re2(name, "${'(((a{9}){9}){9}){9}'.repeat(10)}")`,
    '[1,2,3,4,5,6,7,8,9].exists(x, '.repeat(100),
    `${'[1,2,3,4,5,6,7,8,9].map(x, '.repeat(2)}x${')'.repeat(2)} == []`,
  ])('is taken or refused in time: %s', (text) => {
    const take = (): void => {
      try {
        compileFilter(text)
      } catch (error) {
        expect(error).toMatchObject({ code: 'FILTER_INVALID' })
      }
    }
    take()
    expect(fastestMs(take)).toBeLessThan(boundMs)
  })
})
