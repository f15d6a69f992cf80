import { describe, expect, it } from 'vitest'
import { firstKeptMonth } from './first-kept-month.ts'

describe('the first month that is kept', () => {
  it.each([
    [1, '2026-03-31T23:59:59.999Z', '2026-02'],
    [1, '2026-03-01T00:00:00.000Z', '2026-02'],
    [13, '2026-01-15T00:00:00.000Z', '2024-12'],
    [12, '2026-12-31T00:00:00.000Z', '2025-12'],
  ])('is, with %i whole months beside the one of %s, %s', (months, now, expected) => {
    expect(firstKeptMonth(months, Date.parse(now))).toBe(expected)
  })
})
