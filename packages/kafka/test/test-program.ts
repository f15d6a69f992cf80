import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A program in a process of its own, that tells in lines of JSON what happens to it. */
export interface TestProgram<Told> {
  /** What it told so far, in order. */
  readonly told: readonly Told[]
  /** Everything it wrote on its standard error. */
  stderr(): string
  /** Gives it a line to read. */
  say(line: string): void
  kill(signal: NodeJS.Signals): void
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>
  /** Ends it, also while it is frozen. */
  stop(): Promise<void>
}

/** Runs a program of this folder from its source. An unhandled rejection ends it. */
export function startTestProgram<Told>(
  file: string,
  programArguments: readonly string[],
  { nodeOptions = [] }: { readonly nodeOptions?: readonly string[] } = {},
): TestProgram<Told> {
  const program = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(
    process.execPath,
    [
      '--conditions=@ledgerbus/source',
      // Node 22 still calls the types it strips an experiment.
      '--disable-warning=ExperimentalWarning',
      '--unhandled-rejections=strict',
      ...nodeOptions,
      program,
      ...programArguments,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  )
  const told: Told[] = []
  let errors = ''
  createInterface({ input: child.stdout }).on('line', (line) => told.push(JSON.parse(line) as Told))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  child.stdin.on('error', () => undefined) // it may end before it read everything
  const ended = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals | null)

  return {
    told,
    stderr: () => errors,
    say(line) {
      child.stdin.write(`${line}\n`)
    },
    kill(signal) {
      child.kill(signal)
    },
    ended,
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
