import type { SettingFlags } from '../config/settings.ts'
import type { PaceFlags } from '../input/replay-options.ts'

/** The command that carries a plan out, or goes on with it, as fast and in the same place. The confirmation is not in it: it is given anew. */
export function runCommand(replayId: string, flags: SettingFlags & PaceFlags): string {
  return `ledgerbus replay run ${replayId}${said(paceArguments(flags))}${said([
    ['--brokers', flags.brokers?.join(',')],
    ['--clickhouse-url', flags.clickhouseUrl],
    ['--config', flags.config],
  ])}`
}

/** How fast a run goes, as one types it; empty where it goes as every run does. */
export function paceText(flags: PaceFlags): string {
  return said(paceArguments(flags)).trimStart()
}

type Argument = readonly [flag: string, value: string | undefined]

function paceArguments(flags: PaceFlags): Argument[] {
  return [
    ['--rate', boundText(flags.rate)],
    ['--max-in-flight', flags.maxInFlight?.toString()],
    ['--speed', boundText(flags.speed)],
    ['--max-gap', flags.maxGap === undefined ? undefined : durationText(flags.maxGap)],
    ['--max-lag', boundText(flags.maxLag)],
    ['--max-errors', boundText(flags.maxErrors)],
  ]
}

function boundText(most: number | undefined): string | undefined {
  return most === Number.POSITIVE_INFINITY ? 'any' : most?.toString()
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** As the flag takes it: at most six digits. */
function durationText(ms: number): string {
  const [unit, size] = units.find(([, one]) => ms >= one && ms % one === 0) ?? ['ms', 1]
  return `${ms / size}${unit}`
}

function said(given: readonly Argument[]): string {
  return given.flatMap(([flag, value]) => (value === undefined ? [] : [` ${flag} ${quoted(value)}`])).join('')
}

/** For a POSIX shell. */
function quoted(value: string): string {
  return /^[\w./:@=+,-]+$/u.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`
}
