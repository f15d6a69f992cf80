import { parseArgs } from 'node:util'
import { runCommand } from './workspace/run-command.ts'
import { runSteps } from './workspace/run-steps.ts'

/**
 * `pnpm check [step…]`: every static check, or the named ones. Each runs whatever became of the others.
 *
 * `--report <file>` writes the results as JSON. Exit code 1 when a step failed, 2 for a step that does not exist.
 */
const steps: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  format: ['biome', 'format', '.'],
  lint: ['oxlint'],
  types: ['turbo', 'run', 'typecheck', '--output-logs=errors-only', '--log-order=grouped'],
  'types-of-scripts': ['tsc', '-p', 'scripts'],
  imports: ['depcruise', '--output-type', 'err-long', 'packages', 'examples', 'bench', 'scripts'],
  build: ['turbo', 'run', 'build', '--output-logs=errors-only', '--log-order=grouped'],
  packages: ['node', 'scripts/check-packages.ts'],
  'dead-code': ['knip', '--no-progress', '--treat-config-hints-as-errors'],
}

const { values, positionals } = parseArgs({ options: { report: { type: 'string' } }, allowPositionals: true })
const unknown = positionals.filter((name) => !Object.hasOwn(steps, name))
if (unknown.length > 0) {
  console.error(`no such step: ${unknown.join(', ')}; there are: ${Object.keys(steps).join(', ')}`)
  process.exitCode = 2
} else {
  const wanted = Object.entries(steps).filter(([name]) => positionals.length === 0 || positionals.includes(name))
  process.exitCode = await runSteps(
    wanted.map(([name, [command, ...args]]) => ({
      name,
      run: () => runCommand(command, args, { env: { TURBO_TELEMETRY_DISABLED: '1' } }),
    })),
    { report: values.report, onFailure: 'continue' },
  )
}
