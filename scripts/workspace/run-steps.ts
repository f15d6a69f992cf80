import { writeFile } from 'node:fs/promises'
import type { CommandResult } from './run-command.ts'

/** One named thing to find out; what it prints is shown when it fails. */
export interface Step {
  readonly name: string
  readonly run: () => Promise<Pick<CommandResult, 'ok' | 'output'>>
}

interface RunStepsOptions {
  /** A JSON file for the results, one `{ name, ok }` a step that ran. */
  readonly report?: string | undefined
  /** `stop` where later steps build on earlier ones, `continue` where one run is to name everything that is wrong. */
  readonly onFailure: 'stop' | 'continue'
}

/** Runs steps one after the other and prints a line for each. Resolves with the exit code: 0 when all passed, else 1. */
export async function runSteps(steps: readonly Step[], { report, onFailure }: RunStepsOptions): Promise<0 | 1> {
  const results: { readonly name: string; readonly ok: boolean }[] = []
  for (const { name, run } of steps) {
    const startedMs = Date.now()
    const { ok, output } = await run()
    if (!ok) console.log(output.trimEnd())
    console.log(`${ok ? 'passed' : 'FAILED'}  ${name}  ${((Date.now() - startedMs) / 1000).toFixed(1)} s`)
    results.push({ name, ok })
    if (!ok && onFailure === 'stop') break
  }
  if (report !== undefined) await writeFile(report, JSON.stringify(results))
  const failed = results.filter((result) => !result.ok).map(({ name }) => name)
  console.log(failed.length === 0 ? 'all passed' : `failed: ${failed.join(', ')}`)
  return failed.length === 0 ? 0 : 1
}
