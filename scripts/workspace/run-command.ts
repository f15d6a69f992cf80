import { spawn } from 'node:child_process'
import { root } from './root.ts'

export interface CommandResult {
  readonly ok: boolean
  /** stdout and stderr as they came. */
  readonly output: string
  readonly stdout: string
}

interface CommandOptions {
  /** @default the root of the workspace */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Runs a command to its end. A command that cannot be started is one that failed. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let stdout = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      output += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    child.once('error', (error) => {
      resolve({ ok: false, output: `${command}: ${error.message}`, stdout })
    })
    child.once('close', (code) => {
      resolve({ ok: code === 0, output, stdout })
    })
  })
}

/** The same, for a step that the rest cannot do without. @throws Error with the whole output when the command fails */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const result = await runCommand(command, args, options)
  if (!result.ok) throw new Error(`${command} ${args.join(' ')} failed:\n${result.output}`)
  return result
}
