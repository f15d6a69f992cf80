import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { eventually } from '@ledgerbus/testkit'
import { projectFolder } from './fake-edge.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** How a process ended. */
export interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The command as a process of its own. */
export interface SpawnedLedgerbus {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly ended: Promise<Ended>
  stderrSoFar(): string
  /** Waits until stderr holds a text. */
  says(text: string): Promise<void>
  kill(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void
}

/** Starts the command from source, as `pnpm ledgerbus` does. It is killed when it runs longer than a minute and a half. */
export function spawnLedgerbus(
  argv: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly cwd?: string },
): SpawnedLedgerbus {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(
    process.execPath,
    ['--conditions=@ledgerbus/source', main, ...argv],
    {
      cwd: options.cwd ?? projectFolder,
      env: { ...options.env, PATH: process.env['PATH'] },
      stdio: 'pipe',
      timeout: 90_000,
    },
  )
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  // A command that does not read its stdin may be gone before it was written.
  child.stdin.on('error', () => undefined)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode) => {
      resolve({ exitCode, stdout, stderr })
    })
  })
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    ended,
    stderrSoFar: () => stderr,
    async says(text) {
      await eventually(
        () => {
          if (!stderr.includes(text)) throw new Error(`stderr does not say ${JSON.stringify(text)} but: ${stderr}`)
        },
        { timeoutMs: 45_000 },
      )
    },
    kill: (signal) => child.kill(signal),
  }
}
