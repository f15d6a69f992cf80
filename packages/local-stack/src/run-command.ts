import { spawn } from 'node:child_process'
import type { Environment } from './environment.ts'

/** How a finished command ended. */
export interface CommandResult {
  /** `undefined` when the command does not exist. */
  readonly exitCode: number | undefined
  /** Both outputs in the order they came, the last part of them. */
  readonly output: string
}

interface RunOptions {
  readonly env: Environment
  readonly folder?: string
  readonly signal?: AbortSignal | undefined
  /** Longest run in milliseconds; then the command is killed. */
  readonly timeoutMs: number
}

const mostOutput = 64 * 1024

/**
 * Runs a command to its end. It is killed when the signal aborts or the time is over.
 *
 * @throws the signal's reason when it aborted
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<CommandResult> {
  options.signal?.throwIfAborted()
  const child = spawn(command, args, {
    cwd: options.folder,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Maven is a batch file on Windows, which only a shell starts.
    shell: process.platform === 'win32',
    killSignal: 'SIGKILL',
    ...(options.signal && { signal: options.signal }),
  })
  // spawn's own timeout goes on after a command that was not found, and keeps the process alive.
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs)
  let output = ''
  const take = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-mostOutput)
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  return await new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      if (options.signal?.aborted) reject(options.signal.reason)
      else if (error.code === 'ENOENT') resolve({ exitCode: undefined, output })
      else reject(error)
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ exitCode: code ?? 1, output: signal === null ? output : `${output}\nended by ${signal}` })
    })
  })
}
