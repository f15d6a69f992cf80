/**
 * `pnpm simulate [--seeds N] [--seed S] [--events N] [--faults N]`: the consumer in simulated time, seed after seed. The last line, on stdout, is the verdict;
 * exit code 0 or 1, 2 for wrong usage.
 */
import { parseArgs } from 'node:util'
import { simulateConsumer } from './simulator/simulate-consumer.ts'

const usage = 'usage: pnpm simulate [--seeds N] [--seed S] [--events N] [--faults N]'
const names = ['seeds', 'seed', 'events', 'faults'] as const
const defaults = { seeds: 1_000, seed: 1, events: 120, faults: 8 }

type Options = Readonly<typeof defaults>

function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: args[0] === '--' ? args.slice(1) : [...args],
    options: { seeds: text, seed: text, events: text, faults: text },
  })
  const options = { ...defaults }
  for (const name of names) {
    const given = values[name]
    if (given === undefined) continue
    if (!/^\d{1,9}$/.test(given)) throw new TypeError(`--${name} is a whole number, not ${given}`)
    options[name] = Number(given)
  }
  return options
}

async function run({ seeds, seed: first, events, faults }: Options): Promise<number> {
  const sums = { handled: 0, skipped: 0, deadLettered: 0, repeated: 0, lost: 0, doubled: 0, inverted: 0, other: 0 }
  const bad: number[] = []
  const startedMs = performance.now()
  for (let seed = first; seed < first + seeds; seed += 1) {
    const { report } = await simulateConsumer({ seed, events, faults })
    const { lost, doubled, inverted, ...others } = report.anomalies
    sums.handled += report.counts.handled
    sums.skipped += report.counts.skipped
    sums.deadLettered += report.counts.deadLettered
    sums.repeated += Object.values(report.repeated).reduce((sum, count) => sum + count, 0)
    sums.lost += lost
    sums.doubled += doubled
    sums.inverted += inverted
    sums.other += Object.values(others).reduce((sum, count) => sum + count, 0)
    if (report.isOk) continue
    bad.push(seed)
    if (bad.length > 3) continue
    process.stderr.write(
      `seed ${seed}; again: pnpm simulate --seed ${seed} --seeds 1 --events ${events} --faults ${faults}\n`,
    )
    for (const { kind, text } of report.examples.slice(0, 8)) process.stderr.write(`  ${kind}: ${text}\n`)
  }
  const figures = Object.entries({ seeds, events: seeds * events, faults: seeds * faults, ...sums, bad: bad.length })
  const seconds = Math.round((performance.now() - startedMs) / 1_000)
  const words = figures.map(([name, value]) => `${name}=${value}`).join(' ')
  process.stdout.write(`SIMULATION consumer ${bad.length === 0 ? 'ok' : 'failed'} ${words} seconds=${seconds}\n`)
  return bad.length === 0 ? 0 : 1
}

try {
  process.exitCode = await run(readOptions(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof TypeError)) throw error
  process.stderr.write(`${error.message}\n${usage}\n`)
  process.exitCode = 2
}
