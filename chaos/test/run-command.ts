import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'

/** The command as `pnpm chaos` runs it. */
export interface RunningCommand {
  readonly child: ChildProcess
  /** Resolves when the process is gone and said everything. */
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
  /** Resolves when stderr contains the text. */
  says(text: string): Promise<void>
}

/** Starts it; it is gone when the test is over. */
export function runCommand(...args: string[]): RunningCommand {
  const command = fileURLToPath(new URL('../src/chaos-command.ts', import.meta.url))
  const flags = ['--conditions=@ledgerbus/source', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString()
  })
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString()
  })
  const ended = once(child, 'close').then(([code]: unknown[]) => ({ code: code as number | null, stdout, stderr }))
  return {
    child,
    ended,
    async says(text) {
      while (!stderr.includes(text)) {
        const isOver = await Promise.race([once(child.stderr, 'data').then(() => false), ended.then(() => true)])
        if (isOver && !stderr.includes(text)) throw new Error(`the command ended without saying "${text}":\n${stderr}`)
      }
    },
  }
}

/** What a run that ends well prints at its end; where it does not, the test shows everything that it said. */
export async function verdictOf(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(...args).ended
  expect(code, `${stderr}\n${stdout}`).toBe(0)
  return stdout
}
