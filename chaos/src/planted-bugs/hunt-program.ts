/**
 * Runs the simulator on a source with one planted bug, until it shows: `hunt-program.ts <name> <seeds>`. Prints the seed that found it and what it found, or nothing.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { plantBug } from './plant-bug.ts'
import { type PlantedBug, plantedBugs } from './planted-bugs.ts'

const [name, seeds = '1000'] = process.argv.slice(2)
const bug = plantedBugs.find((each) => each.name === name)
if (bug === undefined) throw new Error(`no planted bug is named ${name}`)
const root = new URL('../../../', import.meta.url)
const read = (file: string): string => readFileSync(fileURLToPath(new URL(file, root)), 'utf8')
const changed = new Map([...plantBug(bug, read)].map(([file, source]) => [new URL(file, root).href, source]))

registerHooks({
  load(url, context, nextLoad) {
    const source = changed.get(url)
    return source === undefined ? nextLoad(url, context) : { format: 'module-typescript', source, shortCircuit: true }
  },
})

interface Finding {
  readonly kind: string
  readonly text: string
}

/** The first thing that a seed shows. Imported only now: what is imported before the hook is the source as it is. */
async function hunt(part: PlantedBug['part']): Promise<(seed: number) => Promise<Finding | undefined>> {
  const size = { events: 200, faults: 16 }
  switch (part) {
    case 'consumer': {
      const { simulateConsumer } = await import('../simulator/simulate-consumer.ts')
      return async (seed) => (await simulateConsumer({ seed, ...size })).report.examples[0]
    }
    case 'sink': {
      const { simulateSink } = await import('../sink/simulator/simulate-sink.ts')
      return async (seed) => (await simulateSink({ seed, ...size })).findings[0]
    }
    case 'replay': {
      const { simulateReplay } = await import('../replay/simulator/simulate-replay.ts')
      return async (seed) => (await simulateReplay({ seed, ...size })).report.examples[0]
    }
  }
}

const firstFinding = await hunt(bug.part)
for (let seed = 1; seed <= Number(seeds); seed += 1) {
  let found: string | undefined
  try {
    const finding = await firstFinding(seed)
    found = finding && `${finding.kind}: ${finding.text}`
  } catch (error) {
    found = `failed: ${error instanceof Error ? error.message : String(error)}`
  }
  if (found === undefined) continue
  process.stdout.write(`${JSON.stringify({ seed, found })}\n`)
  break
}
process.exit(0)
