import type { AuditOrder, Coordinates } from '@ledgerbus/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCursor, encodeCursor } from './cursor.ts'

const orders: readonly AuditOrder[] = ['newest', 'oldest', 'partition']
const place: Coordinates = { cluster: 'c', topic: 'orders', partition: 3, offset: 2n ** 62n, timestampMs: -1n }

function codeOf(cursor: string, order: AuditOrder = 'newest'): unknown {
  try {
    return decodeCursor(cursor, order)
  } catch (error) {
    return (error as { readonly code?: unknown }).code
  }
}

describe('a cursor', () => {
  it('brings back the place it stands for', () => {
    const anyPlace = fc.record({
      cluster: fc.string({ unit: 'grapheme' }),
      topic: fc.string(),
      partition: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      offset: fc.bigInt(0n, 2n ** 63n - 1n),
      timestampMs: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    })
    fc.assert(
      fc.property(anyPlace, fc.constantFrom(...orders), (any, order) => {
        expect(decodeCursor(encodeCursor(order, any), order)).toEqual(any)
      }),
    )
  })

  it('is refused in another order than its own', () => {
    expect(codeOf(encodeCursor('oldest', place), 'newest')).toBe('AUDIT_CURSOR_INVALID')
  })

  it('is refused when it is none, or was tampered with', () => {
    const fields = (...changed: readonly unknown[]): string =>
      Buffer.from(JSON.stringify(changed)).toString('base64url')
    const wrong = [
      '',
      'x',
      '%%%',
      fields(),
      fields(2, 'newest', '1', 'c', 't', 0, '1'),
      fields(1, 'sideways', '1', 'c', 't', 0, '1'),
      fields(1, 'newest', 1, 'c', 't', 0, '1'),
      fields(1, 'newest', '1', 5, 't', 0, '1'),
      fields(1, 'newest', '1', 'c', 't', -1, '1'),
      fields(1, 'newest', '1', 'c', 't', 0.5, '1'),
      fields(1, 'newest', '1', 'c', 't', 0, '-1'),
      fields(1, 'newest', '1', 'c', 't', 0, '1 OR 1'),
      fields(1, 'newest', '1', 'c', 't', 0, '1', 'more'),
      Buffer.from('{"length":7}').toString('base64url'),
    ]
    for (const cursor of wrong) expect(codeOf(cursor)).toBe('AUDIT_CURSOR_INVALID')
  })
})
