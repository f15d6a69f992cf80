import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const longestMs = 300_000

/** Reads topics with a client that is not ours, into a file of `StoredRecord` lines. A topic that does not exist has no records. */
export async function readTopics(options: {
  readonly brokers: readonly string[]
  readonly topics: readonly string[]
  readonly file: string
  readonly signal: AbortSignal
}): Promise<void> {
  const { brokers, topics, file, signal } = options
  const program = fileURLToPath(new URL('./witness-program.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    [
      '--conditions=@ledgerbus/source',
      '--disable-warning=ExperimentalWarning',
      '--disable-warning=TimeoutNegativeWarning',
      program,
      brokers.join(','),
      file,
      ...topics,
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      signal: AbortSignal.any([signal, AbortSignal.timeout(longestMs)]),
      killSignal: 'SIGKILL',
    },
  )
  let said = ''
  child.stderr?.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString()).slice(-4_000)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`the topics could not be read (exit code ${code}): ${said.trim()}`)
}
