import ms from 'ms'
import { CommandError } from '../errors/command-error.ts'

const absolute = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(Z|[+-]\d{2}:\d{2})?)?$/u
const ago = /^-(\d{1,6}(?:ms|s|m|h|d))$/u

/**
 * A moment in milliseconds since 1970: an ISO date or time (`2026-01-31` is midnight UTC, a time names its zone), `now`, or a while before now (`-2h`).
 *
 * Strict on purpose: `Date.parse` turns 30 February into 2 March, and a replay then takes another range than was meant.
 *
 * @throws CommandError `CLI_TIME_INVALID`, naming the flag and what is wrong
 */
export function parseTime(text: string, options: { readonly flag: string; readonly nowMs: number }): number {
  if (text === 'now') return options.nowMs
  const back = ago.exec(text)?.[1]
  if (back !== undefined) return options.nowMs - ms(back as ms.StringValue)
  const parts = absolute.exec(text)
  if (parts === null) {
    throw invalid(options.flag, `${JSON.stringify(text)} is no time; use 2026-01-31, 2026-01-31T12:00:00Z, now, or -2h`)
  }
  return fromParts(text, parts, options.flag)
}

function fromParts(text: string, parts: RegExpExecArray, flag: string): number {
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '0', zone] = parts
  const date = `${year}-${month}-${day}`
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day))
  if (new Date(midnight).toISOString().slice(0, 10) !== date) throw invalid(flag, `${date} does not exist`)
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    throw invalid(flag, `${hour}:${minute}:${second} does not exist`)
  }
  if (zone === undefined && text.includes('T')) {
    throw invalid(flag, `${text} names no zone; end it with Z, or with an offset such as +02:00`)
  }
  const sinceMidnight = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1_000
  return midnight + sinceMidnight + Number(fraction.padEnd(3, '0')) - offsetMs(zone ?? 'Z', flag)
}

function offsetMs(zone: string, flag: string): number {
  if (zone === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(4, 6))
  if (hours > 14 || minutes > 59) throw invalid(flag, `the offset ${zone} does not exist`)
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

function invalid(flag: string, problem: string): CommandError {
  return new CommandError(`${flag}: ${problem}`, { code: 'CLI_TIME_INVALID' })
}
