import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type BenchResult, toResult } from './bench-result.ts'
import type { Bench } from './bench.ts'
import { consumerBench } from './consumer-bench.ts'
import { logBench } from './log-bench.ts'
import { paceBench } from './pace-bench.ts'
import { producerBench } from './producer-bench.ts'
import { replayBench } from './replay-bench.ts'
import { sinkBench } from './sink-bench.ts'
import { startServers } from './start-servers.ts'

const benches: Readonly<Record<string, Bench>> = {
  producer: producerBench,
  consumer: consumerBench,
  sink: sinkBench,
  replay: replayBench,
  pace: paceBench,
  log: logBench,
}

const usage = `usage: pnpm bench [${Object.keys(benches).join('|')}] [--runs N] [-o text|json]

Compares Ledgerbus with a named peer on the same work, in turn, on real servers. Without a name: all of them.
Each result is stored as bench/results/<name>.json too. Exit code 0 also where a target is missed.`

function toText(result: BenchResult): string {
  const ratios = Object.entries(result.ratios).map(([name, ratio]) => {
    const target =
      ratio.target === null ? 'no target yet' : `target ${ratio.target}, ${ratio.met === true ? 'met' : 'missed'}`
    return `  ${name.padEnd(34)} ${String(ratio.value).padStart(8)}  (${target}; runs ${ratio.runs.join(', ')})`
  })
  const figures = Object.entries(result.figures).map(
    ([name, value]) => `  ${name.padEnd(34)} ${value.toLocaleString('en-US').padStart(8)}`,
  )
  return [`${result.bench} at ${result.commit}`, ...ratios, ...figures].join('\n')
}

function readArguments(): { readonly names: readonly string[]; readonly runs: number; readonly output: string } {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(process.argv[2] === '--' ? 3 : 2),
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '5' },
      output: { type: 'string', short: 'o', default: 'text' },
    },
  })
  const runs = Number(values.runs)
  const unknown = positionals.filter((name) => !Object.hasOwn(benches, name))
  if (unknown.length > 0) throw new TypeError(`no bench is called ${unknown.join(', ')}`)
  if (!Number.isInteger(runs) || runs < 1) throw new TypeError('--runs is a whole number, 1 or more')
  if (values.output !== 'text' && values.output !== 'json') throw new TypeError('-o is text or json')
  return { names: positionals.length > 0 ? positionals : Object.keys(benches), runs, output: values.output }
}

async function main(): Promise<void> {
  let wanted: ReturnType<typeof readArguments>
  try {
    wanted = readArguments()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`)
    process.exitCode = 2
    return
  }
  const progress = (text: string): void => {
    process.stderr.write(`${text}\n`)
  }
  const results = fileURLToPath(new URL('../results/', import.meta.url))
  await mkdir(results, { recursive: true })
  const servers = await startServers(progress)
  try {
    const finished: BenchResult[] = []
    for (const name of wanted.names) {
      const bench = benches[name]
      if (bench === undefined) continue
      progress(`bench ${name}`)
      const result = toResult(name, await bench({ ...servers, runs: wanted.runs, progress }))
      await writeFile(`${results}${name}.json`, `${JSON.stringify(result, undefined, 2)}\n`)
      finished.push(result)
    }
    const single = finished.length === 1 ? finished[0] : finished
    process.stdout.write(
      wanted.output === 'json' ? `${JSON.stringify(single, undefined, 2)}\n` : `${finished.map(toText).join('\n\n')}\n`,
    )
  } finally {
    await servers.stop()
  }
}

await main()
