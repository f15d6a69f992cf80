import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** The command as `pnpm chaos` runs it. */
export interface RunningCommand {
  readonly child: ChildProcess
  /** Resolves when the process is gone and said everything. */
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
  /** Resolves when stderr contains the text. */
  says(text: string): Promise<void>
}

export function runCommand(...args: string[]): RunningCommand {
  const command = fileURLToPath(new URL('../src/chaos-command.ts', import.meta.url))
  const flags = ['--conditions=@ledgerbus/source', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
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
