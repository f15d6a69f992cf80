import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ValueChange } from '../ports/audit-log.ts'
import { valueChanges } from './value-changes.ts'

const all = Number.POSITIVE_INFINITY

/** Makes the changes to the value that they were found against. */
function applied(before: unknown, changes: readonly ValueChange[]): unknown {
  const root = { value: structuredClone(before) }
  // From the end, so that places in lists stay where they are.
  for (const { path, after } of changes.toReversed()) {
    const [last, ...parents] = ['value', ...path].toReversed() as (string | number)[]
    let at: unknown = root
    for (const name of parents.toReversed()) at = (at as Record<string, unknown>)[name]
    if (after !== undefined) (at as Record<string, unknown>)[last as string] = structuredClone(after)
    else if (Array.isArray(at)) at.splice(last as number, 1)
    else delete (at as Record<string, unknown>)[last as string]
  }
  return root.value
}

describe('changes between two values', () => {
  it('names what was added, removed and changed, with its path', () => {
    const before = { total: 100, items: ['lamp', 'desk'], customer: { name: 'Ada', vat: null }, gone: true }
    const after = { total: 120, items: ['lamp'], customer: { name: 'Ada', vat: 'DE1' }, coupon: { code: 'X' } }
    expect(valueChanges(before, after, all)).toEqual([
      { kind: 'changed', path: ['total'], before: 100, after: 120 },
      { kind: 'removed', path: ['items', 1], before: 'desk' },
      { kind: 'changed', path: ['customer', 'vat'], before: null, after: 'DE1' },
      { kind: 'removed', path: ['gone'], before: true },
      { kind: 'added', path: ['coupon'], after: { code: 'X' } },
    ])
  })

  it('tells the fields one by one where there was nothing, or is nothing any more', () => {
    expect(valueChanges(undefined, { a: 1, b: { c: 2 } }, all)).toEqual([
      { kind: 'added', path: ['a'], after: 1 },
      { kind: 'added', path: ['b'], after: { c: 2 } },
    ])
    expect(valueChanges({ a: 1 }, undefined, all)).toEqual([{ kind: 'removed', path: ['a'], before: 1 }])
    expect(valueChanges(undefined, undefined, all)).toEqual([])
  })

  it('takes a list for another than an object, and null for a value', () => {
    expect(valueChanges({ a: [] }, { a: {} }, all)).toEqual([{ kind: 'changed', path: ['a'], before: [], after: {} }])
    expect(valueChanges({ a: null }, {}, all)).toEqual([{ kind: 'removed', path: ['a'], before: null }])
  })

  it('stops at as many as are asked for, and does not mind how deep a value is', () => {
    expect(valueChanges({}, { a: 1, b: 2, c: 3 }, 2)).toHaveLength(2)
    let deep: unknown = 1
    for (let level = 0; level < 100_000; level += 1) deep = [deep]
    expect(() => valueChanges(deep, [[]], 1)).not.toThrow()
  })

  it('leads from one value to the other', () => {
    const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown)
    fc.assert(
      fc.property(json, json, (before, after) => {
        expect(applied(before, valueChanges(before, after, all))).toEqual(after)
        expect(valueChanges(after, after, all)).toEqual([])
      }),
    )
  })
})
