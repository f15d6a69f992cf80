/** `pnpm stack up|down|status`: the command line around `run-stack-command.ts`. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runStackCommand } from './stack/run-stack-command.ts'

/** The folder with `pnpm-workspace.yaml`, from here upwards; without one, this folder. */
function workspaceRoot(folder: string): string {
  for (let current = folder; ; current = dirname(current)) {
    if (existsSync(join(current, 'pnpm-workspace.yaml'))) return current
    if (dirname(current) === current) return folder
  }
}

// A reader that has enough, `head` for instance, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await runStackCommand(process.argv.slice(2), {
  folder: join(workspaceRoot(process.cwd()), '.stack'),
  stdout: (text) => process.stdout.write(text),
  stderr: (line) => process.stderr.write(`${line}\n`),
})
