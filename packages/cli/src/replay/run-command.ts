import type { SettingFlags } from '../config/settings.ts'
import type { PaceFlags } from '../input/replay-options.ts'

/** The command that carries a plan out, or goes on with it, as fast and in the same place. The confirmation is not in it: it is given anew. */
export function runCommand(replayId: string, flags: SettingFlags & PaceFlags): string {
  const given: [string, string | undefined][] = [
    ['--rate', flags.rate?.toString()],
    ['--max-in-flight', flags.maxInFlight?.toString()],
    ['--speed', flags.speed?.toString()],
    ['--max-gap', flags.maxGap === undefined ? undefined : `${flags.maxGap}ms`],
    ['--max-lag', flags.maxLag === Number.POSITIVE_INFINITY ? 'any' : flags.maxLag?.toString()],
    ['--max-errors', flags.maxErrors?.toString()],
    ['--brokers', flags.brokers?.join(',')],
    ['--clickhouse-url', flags.clickhouseUrl],
    ['--config', flags.config],
  ]
  const said = given.flatMap(([flag, value]) => (value === undefined ? [] : [` ${flag} ${quoted(value)}`]))
  return `ledgerbus replay run ${replayId}${said.join('')}`
}

/** For a POSIX shell. */
function quoted(value: string): string {
  return /^[\w./:@=+,-]+$/u.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`
}
