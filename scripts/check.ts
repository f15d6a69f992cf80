import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { runCommand } from './workspace/run-command.ts'

/**
 * `pnpm check [step…]`: every static check, each on its own, so that one run names everything that is wrong.
 *
 * `--report <file>` writes the results as JSON. Exit code 1 when a step failed, 2 for a step that does not exist.
 */
const source = '--conditions=@ledgerbus/source'
const steps: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  format: ['biome', 'format', '.'],
  lint: ['oxlint'],
  types: ['turbo', 'run', 'typecheck', '--output-logs=errors-only', '--log-order=grouped'],
  'types-of-scripts': ['tsc', '-p', 'scripts'],
  imports: ['depcruise', '--output-type', 'err-long', 'packages', 'examples', 'bench', 'scripts'],
  build: ['turbo', 'run', 'build', '--output-logs=errors-only', '--log-order=grouped'],
  packages: ['node', source, 'scripts/check-packages.ts'],
  'dead-code': ['knip', '--no-progress', '--treat-config-hints-as-errors'],
}

const { values, positionals } = parseArgs({ options: { report: { type: 'string' } }, allowPositionals: true })
process.exitCode = await check(positionals, values.report)

async function check(wanted: readonly string[], report: string | undefined): Promise<number> {
  const unknown = wanted.filter((name) => !Object.hasOwn(steps, name))
  if (unknown.length > 0) {
    console.error(`no such step: ${unknown.join(', ')}; there are: ${Object.keys(steps).join(', ')}`)
    return 2
  }
  const results: { readonly name: string; readonly ok: boolean }[] = []
  for (const [name, [command, ...args]] of Object.entries(steps)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    const startedMs = Date.now()
    const { ok, output } = await runCommand(command, args, { env: { TURBO_TELEMETRY_DISABLED: '1' } })
    if (!ok) console.log(output.trimEnd())
    console.log(`${ok ? 'passed' : 'FAILED'}  ${name}  ${((Date.now() - startedMs) / 1000).toFixed(1)} s`)
    results.push({ name, ok })
  }
  if (report !== undefined) await writeFile(report, JSON.stringify(results))
  const failed = results.filter((result) => !result.ok)
  console.log(failed.length === 0 ? 'all checks passed' : `failed: ${failed.map(({ name }) => name).join(', ')}`)
  return failed.length === 0 ? 0 : 1
}
