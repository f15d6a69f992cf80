import { describe, expect, it } from 'vitest'
import { compileFilter } from '../compile-filter.ts'
import { partsOf } from '../syntax/parts-of.ts'
import { constantOf, type FilterConstant } from './constant-of.ts'

/** The constant on the right side of a comparison. */
function right(text: string): FilterConstant | undefined {
  const [, node] = partsOf(compileFilter(text).tree)
  if (node === undefined) throw new Error(`${text} has no right side`)
  return constantOf(node)
}

describe('the constant of a part', () => {
  it.each([
    ['version == 1 + 2', 3n],
    ['payload.after.total >= 2.5', 2.5],
    ['name == "a" + "b"', 'ab'],
    ['payload.after.on == !true', false],
    ['payload.after.on == null', null],
    ['payload.after.on in ["a", "b", 3]', ['a', 'b', 3n]],
    ['timestamp >= timestamp("1970-01-02T00:00:00Z") - duration("1h")', { timestampMs: 82_800_000 }],
    ['payload.after.span == duration("1m")', { durationMs: 60_000 }],
  ])('%s has one', (text, value) => {
    expect(right(text)).toEqual(value)
  })

  it.each([
    'payload.after.total >= payload.before.total',
    'payload.after.on == has(payload.before)',
    'payload.after.on == {"a": 1}',
  ])('%s has none', (text) => {
    expect(right(text)).toBeUndefined()
  })
})
