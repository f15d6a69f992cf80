import { describe, expect, it } from 'vitest'
import { durationText, msOfDuration, msOfTimestamp, parseDuration, parseTimestamp, timestampText } from './moment.ts'

describe('a duration', () => {
  it.for([
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['2.5s', 2_500],
    ['1m0.5s', 60_500],
    ['-1h', -3_600_000],
    ['+1h', 3_600_000],
    ['0s', 0],
    ['-0s', 0],
    ['1.125h', 4_050_000],
    ['1h1h', 7_200_000],
  ] as const)('is hours, minutes, seconds and milliseconds: %s', ([text, ms]) => {
    expect(msOfDuration(parseDuration(text))).toBe(ms)
  })

  it.for([
    '',
    '1',
    'h',
    '1 h',
    '1d',
    '1us',
    '1ns',
    '1.5ms',
    '0.0005s',
    '1h-30m',
    '.5s',
    '1.s',
    '--1s',
    '9999999999999h',
    '1h'.repeat(40),
    `${'9'.repeat(100_000)}s`,
    '1H',
    '1e3s',
  ])('is nothing else: %s', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })

  it('is written in seconds', () => {
    expect([durationText(5_400_000), durationText(-250), durationText(0)]).toEqual(['5400s', '-0.25s', '0s'])
  })
})

describe('a timestamp', () => {
  it('is RFC 3339, cut to milliseconds', () => {
    const ms = Date.UTC(2026, 0, 31, 12)
    for (const text of ['2026-01-31T12:00:00Z', '2026-01-31t12:00:00z', '2026-01-31T14:00:00.000999+02:00']) {
      expect(msOfTimestamp(parseTimestamp(text))).toBe(ms)
    }
    expect(timestampText(ms)).toBe('2026-01-31T12:00:00.000Z')
  })

  it.for([
    '',
    '2026-01-31',
    '2026-01-31T12:00:00',
    '2026-02-29T12:00:00Z',
    '2026-01-31T12:00:60Z',
    'Sat, 31 Jan 2026 12:00:00 GMT',
    '0000-01-01T00:00:00Z',
    `2026-01-31T12:00:00Z${' '.repeat(100_000)}`,
  ])('is nothing else: %s', (text) => {
    expect(parseTimestamp(text)).toBeUndefined()
  })

  it('is no duration, and a map is neither', () => {
    const [timestamp, duration] = [parseTimestamp('2026-01-31T12:00:00Z'), parseDuration('1s')]
    expect([msOfDuration(timestamp), msOfTimestamp(duration), msOfDuration({}), msOfTimestamp(null)]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
})
