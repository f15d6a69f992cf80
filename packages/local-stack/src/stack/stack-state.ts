import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LocalStackError } from '../local-stack-error.ts'
import { isRunning, type ProcessIdentity } from '../process/process-identity.ts'

/** What `.stack/state.json` says: written by the host when all servers are ready, and again when it has stopped them. */
export interface StackState {
  readonly schemaVersion: 1
  /** The process that keeps the servers. */
  readonly host: ProcessIdentity
  readonly startedAt: string
  /** When it was stopped in an orderly way. */
  readonly stoppedAt?: string
  readonly kafka?: { readonly brokers: readonly string[] }
  readonly clickhouse?: { readonly url: string }
  readonly schemaRegistry?: { readonly url: string }
  readonly processes: readonly StackProcess[]
}

/** One server process. */
export interface StackProcess extends ProcessIdentity {
  readonly name: string
  readonly logFile: string
}

/** What a workspace's stack is, as far as its files and processes tell. */
export type StackSituation =
  /** None was started, or it was stopped. */
  | { readonly kind: 'down'; readonly last: StackState | undefined }
  | { readonly kind: 'up'; readonly state: StackState }
  /** The host is gone without having stopped anything: killed, or the machine was restarted. */
  | { readonly kind: 'stale'; readonly last: StackState }

export function stateFile(folder: string): string {
  return join(folder, 'state.json')
}

/** @throws LocalStackError `STACK_OPTIONS_INVALID` when the state file is not ours to read */
export async function readSituation(folder: string): Promise<StackSituation> {
  const state = await readState(folder)
  if (state === undefined || state.stoppedAt !== undefined) return { kind: 'down', last: state }
  return (await isRunning(state.host)) ? { kind: 'up', state } : { kind: 'stale', last: state }
}

/** Puts the whole file in place at once: nobody reads half of it. */
export async function writeState(folder: string, state: StackState): Promise<void> {
  await mkdir(folder, { recursive: true })
  const draft = `${stateFile(folder)}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(state, undefined, 2)}\n`)
  await rename(draft, stateFile(folder))
}

export async function readState(folder: string): Promise<StackState | undefined> {
  let text: string
  try {
    text = await readFile(stateFile(folder), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const state = parseState(text)
  if (state !== undefined) return state
  throw new LocalStackError(`${stateFile(folder)} was not written by this version`, {
    code: 'STACK_OPTIONS_INVALID',
    remedy: 'end the servers it names, then remove the file',
  })
}

function parseState(text: string): StackState | undefined {
  try {
    const state = JSON.parse(text) as StackState
    return state.schemaVersion === 1 ? state : undefined
  } catch {
    return undefined
  }
}
