import { describe, expect, it } from 'vitest'
import { bytes, duration, grouped, perSecond, table } from './table.ts'

describe('table', () => {
  it('stands in columns, numbers to the right, without borders or spaces at the end', () => {
    expect(
      table(
        ['TOPIC', 'ENTRIES'],
        [
          ['orders', 12_000],
          ['users', 7n],
        ],
      ),
    ).toBe('TOPIC   ENTRIES\norders   12,000\nusers         7')
  })

  it('shows what could move a terminal as escapes', () => {
    expect(table(['TOPIC'], [['a\u001b[2Jb']])).toContain('a\\u001b[2Jb')
  })
})

describe('figures for people', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_234_567, '1.2 MB'],
  ])('%d bytes are %s', (value, text) => {
    expect(bytes(value)).toBe(text)
  })

  it.each([
    [850, '850 ms'],
    [12_340, '12.3 s'],
    [250_000, '4 min 10 s'],
    [7_500_000, '2 h 5 min'],
  ])('%d ms are %s', (value, text) => {
    expect(duration(value)).toBe(text)
  })

  it.each([
    [0.17, '0.2/s'],
    [9, '9/s'],
    [20_000.4, '20,000/s'],
  ])('%d a second are %s', (value, text) => {
    expect(perSecond(value)).toBe(text)
  })

  it('groups digits', () => {
    expect(grouped(20_000n)).toBe('20,000')
  })
})
