import { describe, expect, it } from 'vitest'
import { CommandError } from '../errors/command-error.ts'
import { toIso } from './iso.ts'
import { parseTime } from './parse-time.ts'

const nowMs = Date.UTC(2026, 0, 31, 12)

function parsed(text: string): string {
  return toIso(parseTime(text, { flag: '--from', nowMs }))
}

function refusal(text: string): string {
  try {
    parsed(text)
  } catch (error) {
    if (error instanceof CommandError && error.code === 'CLI_TIME_INVALID') return error.message
    throw error
  }
  throw new Error(`${text} was accepted`)
}

describe('a time on the command line', () => {
  it.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-01-31T12:30Z', '2026-01-31T12:30:00.000Z'],
    ['2026-01-31T12:30:15Z', '2026-01-31T12:30:15.000Z'],
    ['2026-01-31T12:30:15.5Z', '2026-01-31T12:30:15.500Z'],
    ['2026-01-31T12:30:15+02:00', '2026-01-31T10:30:15.000Z'],
    ['2026-01-31T22:30:15-05:30', '2026-02-01T04:00:15.000Z'],
    ['now', '2026-01-31T12:00:00.000Z'],
    ['-2h', '2026-01-31T10:00:00.000Z'],
    ['-90m', '2026-01-31T10:30:00.000Z'],
    ['-7d', '2026-01-24T12:00:00.000Z'],
    ['-500ms', '2026-01-31T11:59:59.500Z'],
  ])('%s is %s', (text, expected) => {
    expect(parsed(text)).toBe(expected)
  })

  it.each([
    ['2026-02-30', '--from: 2026-02-30 does not exist'],
    ['2026-02-30T12:00:00Z', '--from: 2026-02-30 does not exist'],
    ['2025-02-29', '--from: 2025-02-29 does not exist'],
    ['2026-13-01', '--from: 2026-13-01 does not exist'],
    ['2026-00-10', '--from: 2026-00-10 does not exist'],
    ['2026-01-31T24:00:00Z', '--from: 24:00:00 does not exist'],
    ['2026-01-31T12:00:00+15:00', '--from: the offset +15:00 does not exist'],
  ])('%s is refused, naming what does not exist', (text, message) => {
    expect(refusal(text)).toBe(message)
  })

  it('needs a zone, as a time without one means another moment on every machine', () => {
    expect(refusal('2026-01-31T12:00:00')).toMatch(/names no zone/u)
  })

  it.each(['', 'yesterday', 'now-2h', '2h', '-2w', '-1.5h', '31.01.2026', '2026-1-31', '1769860800000', ' 2026-01-31'])(
    '%j is refused with the forms that are understood',
    (text) => {
      expect(refusal(text)).toMatch(/use 2026-01-31, 2026-01-31T12:00:00Z, now, or -2h/u)
    },
  )
})
