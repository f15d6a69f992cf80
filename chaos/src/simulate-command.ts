/**
 * `pnpm simulate [consumer|sink|replay] [--seeds N] [--seed S] [--events N] [--faults N]`: a part of the platform in simulated time, seed after seed. The last line, on stdout, is
 * the verdict; exit code 0 or 1, 2 for wrong usage.
 */
import { parseArgs } from 'node:util'
import { simulateReplay } from './replay/simulator/simulate-replay.ts'
import { simulateSink } from './sink/simulator/simulate-sink.ts'
import { simulateConsumer } from './simulator/simulate-consumer.ts'

const usage = 'usage: pnpm simulate [consumer|sink|replay] [--seeds N] [--seed S] [--events N] [--faults N]'
const names = ['seeds', 'seed', 'events', 'faults'] as const
const defaults = { seeds: 1_000, seed: 1, events: 120, faults: 8 }

type Options = Readonly<typeof defaults> & { readonly part: 'consumer' | 'sink' | 'replay' }

/** What one seed showed. */
interface SeedReport {
  /** Of anomalies and of what the simulation counts. */
  readonly sums: Readonly<Record<string, number>>
  readonly findings: readonly { readonly kind: string; readonly text: string }[]
}

type Simulate = (options: {
  readonly seed: number
  readonly events: number
  readonly faults: number
}) => Promise<SeedReport>

const simulations: Readonly<Record<Options['part'], Simulate>> = {
  async consumer(options) {
    const { report } = await simulateConsumer(options)
    const { handled, skipped, deadLettered } = report.counts
    const { lost, doubled, inverted, ...others } = report.anomalies
    const repeated = total(report.repeated)
    const sums = { handled, skipped, deadLettered, repeated, lost, doubled, inverted, other: total(others) }
    return { sums, findings: report.examples }
  },
  async sink(options) {
    const { report, findings } = await simulateSink(options)
    const { stored, inserts, repeatedInserts, recoveries, copies } = report.counts
    const { lost, doubled, invented, ...others } = report.anomalies
    return {
      sums: { stored, inserts, repeatedInserts, recoveries, lost, doubled, invented, copies, other: total(others) },
      findings,
    }
  },
  async replay(options) {
    const { report } = await simulateReplay(options)
    const { planned, published, runners, fenced, gaveUp } = report.counts
    const { lost, doubled, invented, inverted, ...others } = report.anomalies
    return {
      sums: { planned, published, runners, fenced, gaveUp, lost, doubled, invented, inverted, other: total(others) },
      findings: report.examples,
    }
  },
}

function isPart(name: string): name is Options['part'] {
  return Object.hasOwn(simulations, name)
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args: args[0] === '--' ? args.slice(1) : [...args],
    allowPositionals: true,
    options: { seeds: text, seed: text, events: text, faults: text },
  })
  const [part = 'consumer', ...others] = positionals
  if (!isPart(part) || others.length > 0) {
    throw new TypeError(`one part at a time, consumer, sink or replay, not ${positionals.join(' ')}`)
  }
  const numbers: Record<(typeof names)[number], number> = { ...defaults }
  for (const name of names) {
    const given = values[name]
    if (given === undefined) continue
    if (!/^\d{1,9}$/.test(given)) throw new TypeError(`--${name} is a whole number, not ${given}`)
    numbers[name] = Number(given)
  }
  return { ...numbers, part }
}

async function run({ part, seeds, seed: first, events, faults }: Options): Promise<number> {
  const sums: Record<string, number> = {}
  const bad: number[] = []
  const startedMs = performance.now()
  for (let seed = first; seed < first + seeds; seed += 1) {
    const report = await simulations[part]({ seed, events, faults })
    for (const [name, count] of Object.entries(report.sums)) sums[name] = (sums[name] ?? 0) + count
    if (report.findings.length === 0) continue
    bad.push(seed)
    if (bad.length > 3) continue
    process.stderr.write(
      `seed ${seed}; again: pnpm simulate ${part} --seed ${seed} --seeds 1 --events ${events} --faults ${faults}\n`,
    )
    for (const { kind, text } of report.findings.slice(0, 8)) process.stderr.write(`  ${kind}: ${text}\n`)
  }
  const figures = Object.entries({ seeds, events: seeds * events, faults: seeds * faults, ...sums, bad: bad.length })
  const seconds = Math.round((performance.now() - startedMs) / 1_000)
  const words = figures.map(([name, value]) => `${name}=${value}`).join(' ')
  process.stdout.write(`SIMULATION ${part} ${bad.length === 0 ? 'ok' : 'failed'} ${words} seconds=${seconds}\n`)
  return bad.length === 0 ? 0 : 1
}

try {
  process.exitCode = await run(readOptions(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof TypeError)) throw error
  process.stderr.write(`${error.message}\n${usage}\n`)
  process.exitCode = 2
}
