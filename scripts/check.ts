import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './workspace/root.ts'
import { runCommand } from './workspace/run-command.ts'
import { runSteps } from './workspace/run-steps.ts'

/**
 * `pnpm check [step…]`: every static check, or the named ones. Each runs whatever became of the others.
 *
 * A step is a script `check:<step>` of package.json. `--report <file>` writes the results as JSON. Exit code 1 when a step
 * failed, 2 for a step that does not exist.
 */
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>
}
const steps = Object.keys(scripts).flatMap((name) => (name.startsWith('check:') ? [name.slice('check:'.length)] : []))
const { values, positionals } = parseArgs({ options: { report: { type: 'string' } }, allowPositionals: true })
const unknown = positionals.filter((name) => !steps.includes(name))
if (unknown.length > 0) {
  console.error(`no such step: ${unknown.join(', ')}; there are: ${steps.join(', ')}`)
  process.exitCode = 2
} else {
  const wanted = steps.filter((name) => positionals.length === 0 || positionals.includes(name))
  const env = { TURBO_TELEMETRY_DISABLED: '1' }
  process.exitCode = await runSteps(
    wanted.map((name) => ({ name, run: () => runCommand('pnpm', ['run', `check:${name}`], { env }) })),
    { report: values.report, onFailure: 'continue' },
  )
}
