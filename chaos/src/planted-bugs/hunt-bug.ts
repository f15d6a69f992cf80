import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { PlantedBug } from './planted-bugs.ts'

/** How a planted bug was found. */
export interface Finding {
  /** The first seed that showed it. */
  readonly seed: number
  readonly found: string
}

const run = promisify(execFile)
const program = fileURLToPath(new URL('./hunt-program.ts', import.meta.url))

/** Looks for a planted bug, seed after seed, in a process of its own. `undefined`: no seed showed it. */
export async function huntBug({ name }: PlantedBug, seeds: number): Promise<Finding | undefined> {
  const { stdout } = await run(
    process.execPath,
    ['--conditions=@ledgerbus/source', '--disable-warning=ExperimentalWarning', program, name, String(seeds)],
    { timeout: 300_000, killSignal: 'SIGKILL' },
  )
  return stdout === '' ? undefined : (JSON.parse(stdout) as Finding)
}
