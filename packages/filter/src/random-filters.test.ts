import { Environment } from '@marcbachmann/cel-js'
import { anEnvelope } from '../test/an-envelope.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileFilter, type Filter } from './compile-filter.ts'
import { FilterError } from './filter-error.ts'

/** Thrown by the meaning below; the package itself throws nothing while it evaluates. */
class Missing extends Error {}
class Problem extends Error {}

interface Scope {
  readonly after: unknown
  readonly locals: Readonly<Record<string, unknown>>
}

/** An expression as text, and what it means, written down a second time in the plainest way. */
interface Expression {
  readonly text: string
  readonly means: (scope: Scope) => unknown
}

type Means = Expression['means']

function attempt(means: Means, scope: Scope): unknown {
  try {
    return means(scope)
  } catch (error) {
    if (error instanceof Missing || error instanceof Problem) return error
    throw error
  }
}

function failureAmong(found: readonly unknown[]): Error | undefined {
  const failures = found.filter((value): value is Error => value instanceof Error)
  return failures.find((value) => value instanceof Problem) ?? failures[0]
}

/** Evaluates all, and fails as they do. */
function values(means: readonly Means[], scope: Scope): readonly unknown[] {
  const found = means.map((each) => attempt(each, scope))
  const failed = failureAmong(found)
  if (failed !== undefined) throw failed
  return found
}

function refuse(...given: readonly unknown[]): never {
  throw given.includes(null) ? new Missing() : new Problem()
}

function truth(value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuse(value)
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function same(left: unknown, right: unknown): boolean {
  if (isNumber(left) && isNumber(right))
    return !(left < right) && !(left > right) && !Number.isNaN(Number(left) + Number(right))
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => same(item, right[index]))
  }
  if (isMap(left) && isMap(right)) {
    const keys = Object.keys(left)
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && same(left[key], right[key]))
    )
  }
  return left === right
}

function field(value: unknown, name: string): unknown {
  if (!isMap(value)) return refuse(value)
  if (!Object.hasOwn(value, name)) throw new Missing()
  return value[name]
}

function decided(sides: readonly unknown[], decides: boolean): boolean {
  if (sides.includes(decides)) return decides
  const failed = failureAmong(sides)
  if (failed !== undefined) throw failed
  return !decides
}

const compare: Readonly<Record<string, (left: number | bigint | string, right: number | bigint | string) => boolean>> =
  {
    '<': (left, right) => left < right,
    '<=': (left, right) => left <= right,
    '>': (left, right) => left > right,
    '>=': (left, right) => left >= right,
  }

const onNumbers: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
}

const onIntegers: Readonly<Record<string, (left: bigint, right: bigint) => bigint>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
}

function reckon(operator: string, left: unknown, right: unknown): unknown {
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    if (right === 0n && '/%'.includes(operator)) throw new Problem()
    const result = onIntegers[operator]?.(left, right) ?? 0n
    if (result >= 2n ** 63n || result < -(2n ** 63n)) throw new Problem()
    return result
  }
  if (isNumber(left) && isNumber(right)) return onNumbers[operator]?.(Number(left), Number(right))
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') return left + right
  return refuse(left, right)
}

const literals: readonly (readonly [text: string, value: unknown])[] = [
  ['0', 0n],
  ['1', 1n],
  ['-2', -2n],
  ['3', 3n],
  ['9223372036854775807', 9223372036854775807n],
  ['0.0', 0],
  ['1.0', 1],
  ['2.5', 2.5],
  ['""', ''],
  ['"a"', 'a'],
  ['"ab"', 'ab'],
  ['true', true],
  ['false', false],
  ['null', null],
]
const names = ['a', 'b', 'c', 'constructor'] as const

const { expression } = fc.letrec<{ expression: Expression; path: Expression }>((tie) => {
  const any = tie('expression')
  const path = fc
    .array(fc.constantFrom(...names), { maxLength: 3 })
    .chain((keys) => fc.constantFrom('payload.after', 'x').map((root) => ({ root, keys })))
    .map(
      ({ root, keys }): Expression => ({
        text: [root, ...keys].join('.'),
        means: ({ after, locals }) =>
          keys.reduce(field, root === 'x' ? (Object.hasOwn(locals, 'x') ? locals['x'] : undefined) : after),
      }),
    )
  const binary = (
    operators: readonly string[],
    means: (operator: string, left: Means, right: Means, scope: Scope) => unknown,
  ): fc.Arbitrary<Expression> =>
    fc.tuple(fc.constantFrom(...operators), any, any).map(([operator, left, right]) => ({
      text: `(${left.text} ${operator} ${right.text})`,
      means: (scope: Scope) => means(operator, left.means, right.means, scope),
    }))
  const loop = fc.tuple(fc.constantFrom('exists', 'all'), any, any).map(
    ([macro, list, body]): Expression => ({
      text: `${list.text}.${macro}(x, ${body.text})`,
      means: (scope: Scope) => {
        const range = list.means(scope)
        if (!Array.isArray(range) && !isMap(range)) return refuse(range)
        const items: readonly unknown[] = Array.isArray(range) ? range : Object.keys(range)
        const found = items.map((x) => attempt((inner) => truth(body.means(inner)), { ...scope, locals: { x } }))
        return decided(found, macro === 'exists')
      },
    }),
  )
  return {
    path,
    expression: fc.oneof(
      { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
      { weight: 3, arbitrary: path },
      { weight: 2, arbitrary: fc.constantFrom(...literals).map(([text, value]) => ({ text, means: () => value })) },
      {
        weight: 2,
        arbitrary: binary(['&&', '||'], (operator, left, right, scope) => {
          const sides = [left, right].map((side) => attempt((inner) => truth(side(inner)), scope))
          return decided(sides, operator === '||')
        }),
      },
      {
        weight: 3,
        arbitrary: binary(['==', '!='], (operator, left, right, scope) => {
          const [l, r] = values([left, right], scope)
          return same(l, r) === (operator === '==')
        }),
      },
      {
        weight: 3,
        arbitrary: binary(Object.keys(compare), (operator, left, right, scope) => {
          const [l, r] = values([left, right], scope)
          if (typeof l === 'boolean' && typeof r === 'boolean') return compare[operator]?.(Number(l), Number(r))
          const ordered = (isNumber(l) && isNumber(r)) || (typeof l === 'string' && typeof r === 'string')
          return ordered ? compare[operator]?.(l, r) : refuse(l, r)
        }),
      },
      {
        weight: 2,
        arbitrary: binary(Object.keys(onNumbers), (operator, left, right, scope) => {
          const [l, r] = values([left, right], scope)
          return reckon(operator, l, r)
        }),
      },
      binary(['in'], (_, left, right, scope) => {
        const [item, of] = values([left, right], scope)
        if (Array.isArray(of)) return of.some((each) => same(item, each))
        return isMap(of) ? typeof item === 'string' && Object.hasOwn(of, item) : refuse(of)
      }),
      any.map((of) => ({ text: `(!${of.text})`, means: (scope: Scope) => !truth(of.means(scope)) })),
      path
        .filter(({ text }) => text !== 'x')
        .map((of) => ({
          text: `has(${of.text})`,
          means: (scope: Scope) => !(attempt(of.means, scope) instanceof Error),
        })),
      any.map((of) => ({
        text: `size(${of.text})`,
        means: (scope: Scope) => {
          const value = of.means(scope)
          if (typeof value === 'string') return BigInt(Array.from(value).length)
          if (Array.isArray(value)) return BigInt(value.length)
          return isMap(value) ? BigInt(Object.keys(value).length) : refuse(value)
        },
      })),
      fc.tuple(any, any, any).map(([condition, whenTrue, whenFalse]) => ({
        text: `(${condition.text} ? ${whenTrue.text} : ${whenFalse.text})`,
        means: (scope: Scope) => (truth(condition.means(scope)) ? whenTrue : whenFalse).means(scope),
      })),
      fc.array(any, { maxLength: 3 }).map((items) => ({
        text: `[${items.map((item) => item.text).join(', ')}]`,
        means: (scope: Scope) => {
          for (const item of items) item.means(scope)
          return items.map((item) => item.means(scope))
        },
      })),
      loop,
    ),
  }
})

const scalar = fc.constantFrom(0, 1, -2, 2.5, 3, '', 'a', 'ab', true, false, null)
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 3, arbitrary: scalar },
    fc.array(tie('value'), { maxLength: 3 }),
    fc.record({ a: tie('value'), b: tie('value'), c: tie('value'), constructor: scalar }, { requiredKeys: [] }),
  ),
})).value
const payload = fc.record({ a: json, b: json, c: json, constructor: scalar }, { requiredKeys: [] })

/** All keys and no `null`, where cel-js would only report what is missing. */
const complete = fc.record({
  a: fc.constantFrom(0, 1, 2.5),
  b: fc.constantFrom('', 'a', 'ab'),
  c: fc.oneof(fc.array(scalar, { maxLength: 3 }), fc.record({ a: scalar, b: scalar })),
})

/** `undefined` for a text that is refused: a name or a type that is wrong is known before any event. */
function filterOf(text: string): Filter | undefined {
  try {
    return compileFilter(text)
  } catch (error) {
    if (error instanceof FilterError) return undefined
    throw error
  }
}

type Answer = 'match' | 'no match' | 'problem'

function answerOf(filter: Filter, after: unknown): Answer {
  const { matched, problem } = filter.matches(anEnvelope({ payload: { after } }))
  if (problem !== undefined) return 'problem'
  return matched ? 'match' : 'no match'
}

function expectedOf({ means }: Expression, after: unknown): Answer {
  const value = attempt(means, { after, locals: {} })
  if (value === true) return 'match'
  return value === false || value === null || value instanceof Missing ? 'no match' : 'problem'
}

const timeout = 60_000

describe('any filter over any event', () => {
  it('answers as its meaning says', { timeout }, () => {
    const answers: Record<Answer | 'refused', number> = { match: 0, 'no match': 0, problem: 0, refused: 0 }
    fc.assert(
      fc.property(expression, fc.array(payload, { minLength: 1, maxLength: 4 }), (written, events) => {
        const filter = filterOf(written.text)
        if (filter === undefined) answers.refused += 1
        else {
          for (const after of events) {
            const answer = answerOf(filter, after)
            answers[answer] += 1
            if (answer !== expectedOf(written, after)) expect(answer).toBe(expectedOf(written, after))
          }
        }
      }),
      { seed: 2026, numRuns: 10_000 },
    )
    // A generator that only makes refused filters would prove nothing.
    for (const count of Object.values(answers)) expect(count).toBeGreaterThan(500)
  })

  it('answers as cel-js does, where cel-js has an answer', { timeout }, () => {
    const cel = new Environment({ homogeneousAggregateLiterals: false }).registerVariable('payload', 'dyn')
    let compared = 0
    fc.assert(
      fc.property(expression, complete, (written, after) => {
        const filter = filterOf(written.text)
        if (filter === undefined) return
        let answer: unknown
        try {
          answer = cel.evaluate(written.text, { payload: { after } })
        } catch {
          return
        }
        if (typeof answer !== 'boolean') return
        compared += 1
        expect(answerOf(filter, after)).toBe(answer ? 'match' : 'no match')
      }),
      { seed: 2026, numRuns: 10_000 },
    )
    expect(compared).toBeGreaterThan(200)
  })
})

describe('any text', () => {
  const words = [
    ...Array.from('()[]{}.,:?!+-*/%<>="\'\\& |'),
    'payload',
    'after',
    'name',
    'in',
    'has',
    'size',
    'exists',
    'map',
    're2',
    '&&',
    '||',
  ]
  const text = fc.oneof(
    fc
      .array(fc.constantFrom(...words, ...literals.map(([literal]) => literal)), { maxLength: 30 })
      .map((all) => all.join(' ')),
    fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((all) => all.join('')),
    fc.string({ unit: 'binary', maxLength: 60 }),
    // A filter with one character changed.
    fc.tuple(expression, fc.nat(), fc.constantFrom(...words)).map(([{ text: whole }, at, word]) => {
      const place = at % (whole.length + 1)
      return whole.slice(0, place) + word + whole.slice(place + 1)
    }),
  )

  it('is a filter that answers, or is refused with places that lie within it', { timeout }, () => {
    fc.assert(
      fc.property(text, payload, (written, after) => {
        try {
          const result = compileFilter(written).matches(anEnvelope({ payload: { after } }))
          expect(typeof result.matched).toBe('boolean')
        } catch (error) {
          expect(error).toBeInstanceOf(FilterError)
          const { issues } = error as FilterError
          expect(issues.length).toBeGreaterThan(0)
          for (const { position } of issues) {
            expect(position).toBeGreaterThanOrEqual(0)
            expect(position).toBeLessThanOrEqual(written.length)
          }
        }
      }),
      { seed: 2026, numRuns: 5_000 },
    )
  })
})
