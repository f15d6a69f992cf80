import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalTimestamp, timestampOf } from './timestamp.ts'

describe('a timestamp', () => {
  it('is UTC with milliseconds', () => {
    expect(timestampOf(0)).toBe('1970-01-01T00:00:00.000Z')
    expect(timestampOf(1_769_860_800_123)).toBe('2026-01-31T12:00:00.123Z')
  })

  it.each([
    ['2026-01-31T12:00:00.000Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31t12:00:00z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00.5Z', '2026-01-31T12:00:00.500Z'],
    ['2026-01-31T12:00:00.123456789Z', '2026-01-31T12:00:00.123Z'],
    ['2026-01-31T12:00:00+00:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00-00:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-01T00:30:00+05:30', '2025-12-31T19:00:00.000Z'],
    ['2024-02-29T23:59:59.999-11:59', '2024-03-01T11:58:59.999Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('%s reads as %s', (text, canonical) => {
    expect(canonicalTimestamp(text)).toBe(canonical)
  })

  it.each([
    '',
    '2026-01-31',
    '2026-01-31T12:00:00',
    '2026-01-31 12:00:00Z',
    '2026-01-31T12:00Z',
    '2026-1-31T12:00:00Z',
    '+02026-01-31T12:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-32T00:00:00Z',
    '2026-02-29T00:00:00.000Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T12:60:00Z',
    '2026-12-31T23:59:60Z',
    '2026-01-31T12:00:00+24:00',
    '2026-01-31T12:00:00+01:60',
    '2026-01-31T12:00:00+0100',
    '2026-01-31T12:00:00.Z',
    '2026-01-31T12:00:00.1234567890Z',
    '2026-01-31T12:00:00Z\n',
    '0000-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    '２０２６-01-31T12:00:00Z',
  ])('%j is none', (text) => {
    expect(canonicalTimestamp(text)).toBeUndefined()
  })

  it('reads back every time it writes', () => {
    const ms = fc.integer({ min: Date.UTC(1, 0), max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) })
    fc.assert(
      fc.property(ms, (time) => {
        expect(canonicalTimestamp(timestampOf(time))).toBe(timestampOf(time))
      }),
    )
  })

  it('names the same moment as it did before, whatever the offset', () => {
    const offset = fc.tuple(fc.constantFrom('+', '-'), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    const ms = fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2100, 0) })
    const two = (value: number): string => String(value).padStart(2, '0')
    fc.assert(
      fc.property(ms, offset, (time, [sign, hours, minutes]) => {
        const shift = (sign === '+' ? 1 : -1) * (hours * 60 + minutes) * 60_000
        const local = new Date(time + shift).toISOString().slice(0, -1)
        expect(canonicalTimestamp(`${local}${sign}${two(hours)}:${two(minutes)}`)).toBe(new Date(time).toISOString())
      }),
    )
  })
})
