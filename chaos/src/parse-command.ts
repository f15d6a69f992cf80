import { parseArgs } from 'node:util'
import type { ChaosRun, ChaosRunOptions } from './chaos-run.ts'
import { consumerRun } from './consumer/consumer-run.ts'
import { rollingRestartRun } from './consumer/rolling-restart-run.ts'
import { replayRun } from './replay/replay-run.ts'
import { crashPointsRun } from './sink/crash-points/crash-points-run.ts'
import { sinkRun } from './sink/sink-run.ts'

const faultsFlags = ['faults', 'restarts', 'times'] as const
type FaultsFlag = (typeof faultsFlags)[number]

interface RunDefinition {
  readonly run: ChaosRun
  /** What `--faults` counts is called in this run. */
  readonly faultsFlag: FaultsFlag
  readonly defaults: { readonly events: number; readonly faults: number; readonly keys: number }
}

const runs: Readonly<Record<string, RunDefinition>> = {
  consumer: { run: consumerRun, faultsFlag: 'faults', defaults: { events: 200_000, faults: 60, keys: 5_000 } },
  'rolling-restart': {
    run: rollingRestartRun,
    faultsFlag: 'restarts',
    defaults: { events: 100_000, faults: 12, keys: 5_000 },
  },
  'crash-points': { run: crashPointsRun, faultsFlag: 'times', defaults: { events: 9_200, faults: 3, keys: 50 } },
  replay: { run: replayRun, faultsFlag: 'faults', defaults: { events: 200_000, faults: 70, keys: 5_000 } },
  sink: { run: sinkRun, faultsFlag: 'faults', defaults: { events: 300_000, faults: 80, keys: 5_000 } },
}

export const usage = `usage: pnpm chaos consumer [--events N] [--faults N] [--keys N] [--seed S] [--keep]
       pnpm chaos rolling-restart [--events N] [--restarts N] [--keys N] [--seed S] [--keep]
       pnpm chaos sink [--events N] [--faults N] [--keys N] [--seed S] [--keep]
       pnpm chaos crash-points [--events N] [--times N] [--keys N] [--seed S] [--keep]
       pnpm chaos replay [--events N] [--faults N] [--keys N] [--seed S] [--keep]

consumer          three members, three brokers: kills, freezes, cut, stalled, slow and unanswered connections. 200,000 events, 60 faults, about four minutes.
rolling-restart   three members closed and replaced in turn under load, no faults. 100,000 events, 12 restarts, about two minutes.
sink              two sinks, three brokers, ClickHouse: the same faults, in front of ClickHouse too. 300,000 events, 80 faults, five minutes or more.
crash-points      sinks killed before and after every step of their protocol, each at its first, second and third time. 9,200 events, 39 points, about two minutes.
replay            three replays at once: runners killed, frozen, raced and paused, three brokers, ClickHouse. 200,000 entries, 70 faults, ten minutes or more.

The seed decides faults, data and what handlers do; without one it is drawn, and printed. Progress is on stderr. The last line, on stdout, is the verdict.
Exit code 0: no finding. 1: a finding, with the history kept. 2: wrong usage. 130: interrupted.`

/** What a command line asks for. */
export type ChaosCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problem: string }
  | {
      readonly kind: 'run'
      readonly run: ChaosRun
      readonly options: Pick<ChaosRunOptions, 'events' | 'faults' | 'keys' | 'seed'>
      /** Whether the history of a good run is kept too. */
      readonly isKept: boolean
      /** The command that repeats it. */
      readonly text: string
    }

/** @param drawSeed called when the command line names none */
export function parseChaosCommand(args: readonly string[], drawSeed: () => number): ChaosCommand {
  try {
    return read(args[0] === '--' ? args.slice(1) : args, drawSeed)
  } catch (error) {
    return { kind: 'wrong', problem: error instanceof Error ? error.message : String(error) }
  }
}

function read(args: readonly string[], drawSeed: () => number): ChaosCommand {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      events: text,
      faults: text,
      restarts: text,
      times: text,
      keys: text,
      seed: text,
      keep: flag,
      help: { ...flag, short: 'h' },
    },
  })
  if (values.help) return { kind: 'help' }
  const [name, ...others] = positionals
  if (name === undefined) throw new TypeError('which run?')
  if (others.length > 0) throw new TypeError(`one run at a time; ${others.join(', ')} is too much`)
  const found = Object.hasOwn(runs, name) ? runs[name] : undefined
  if (found === undefined) throw new TypeError(`no run is called ${name}`)
  const { run, defaults, faultsFlag } = found
  const other = faultsFlags.find((flagName) => flagName !== faultsFlag && values[flagName] !== undefined)
  if (other !== undefined) throw new TypeError(`--${other} is no option of ${name}`)

  const events = wholeNumber('events', values.events, defaults.events, 1)
  const faults = wholeNumber(faultsFlag, values[faultsFlag], defaults.faults, 0)
  const keys = wholeNumber('keys', values.keys, defaults.keys, 1)
  const seed = values.seed === undefined ? drawSeed() : wholeNumber('seed', values.seed, 0, 0)
  const again = `pnpm chaos ${name} --events ${events} --${faultsFlag} ${faults} --keys ${keys} --seed ${seed}`
  return { kind: 'run', run, options: { events, faults, keys, seed }, isKept: values.keep, text: again }
}

function wholeNumber(name: string, text: string | undefined, fallback: number, least: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > 100_000_000) {
    throw new TypeError(`--${name} is a whole number from ${least} to 100000000, not ${text}`)
  }
  return value
}
