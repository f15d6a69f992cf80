import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { settledWithin, systemClock } from '@ledgerbus/core'
import type { Ledger } from '../ledger/create-ledger.ts'

/** What every member tells the run. */
export type FromMember =
  | { readonly kind: 'joined' }
  /** So much work was done since the last time. */
  | { readonly kind: 'worked'; readonly runs: number }
  /** It stands at the point it was told of, and waits for any message to go on. */
  | { readonly kind: 'waits'; readonly at: StandingPoint }

/** The range with which a member stands still. */
export interface StandingPoint {
  readonly partition: number
  readonly first: number
  readonly next: number
}

/** Places for members of a group, each with one process at a time. */
export interface Members {
  /** Starts another process in a place whose last one is gone. */
  start(index: number): void
  /** Resolves once the process of a place has joined its group. Rejects when it does not get that far, naming its log. */
  joined(index: number, options: { readonly signal: AbortSignal }): Promise<void>
  kill(index: number): Promise<void>
  /** The process of a place is to end by itself, as it was told at its start. Resolves whether it did in time; else it is left as it is. */
  endsByItself(index: number, withinMs: number): Promise<boolean>
  /** Resolves when the process of a place stands at its point; `undefined`: it did not get there in time. What it resolves with lets it go on. */
  waits(index: number, withinMs: number): Promise<{ readonly at: StandingPoint; readonly goOn: () => void } | undefined>
  /** SIGTERM, then by force when it takes longer than any close may. Resolves once the process is gone. */
  close(index: number): Promise<void>
  freeze(index: number): void
  thaw(index: number): void
  /** Whether the process of a place runs, or how its last one ended; `undefined`: there was none. */
  stateOf(index: number): 'running' | { readonly code: number | null } | undefined
  /** How much work was done in a place, over all its processes. */
  workedIn(index: number): number
  /** All of them, whatever they do. */
  killAll(): Promise<void>
  /** How much work was done, over all processes there were. */
  readonly worked: number
  /** The ledgers of all processes there were. */
  readonly files: readonly string[]
}

export interface MembersOptions {
  /** The file of a member's program. It gets its options as JSON, as its only argument, and tells the run a `FromMember` over its channel. */
  readonly program: string
  /** What names of members begin with. @default 'm' */
  readonly prefix?: string
  /** The options of a member. `file`: its ledger. `index`: its place. */
  readonly optionsOf: (member: { readonly name: string; readonly file: string }, index: number) => object
  readonly folder: string
  /** The run's own. */
  readonly ledger: Ledger
}

/** Drain, last commit, leaving, and room for a machine that is busy. */
const longestCloseMs = 30_000
const longestJoinMs = 120_000

interface MemberProcess {
  readonly name: string
  readonly child: ChildProcess
  readonly ended: Promise<void>
  readonly joined: Promise<void>
  readonly stands: Promise<StandingPoint>
  isMember: boolean
  isToEnd: boolean
}

export function createMembers({ folder, ledger, program, prefix = 'm', optionsOf }: MembersOptions): Members {
  const running = new Map<number, MemberProcess>()
  const started = new Map<number, number>()
  const lastCodes = new Map<number, number | null>()
  const workByPlace = new Map<number, number>()
  const files: string[] = []
  let worked = 0

  function start(index: number): void {
    const count = (started.get(index) ?? 0) + 1
    started.set(index, count)
    const name = `${prefix}${index}.${count}`
    const file = join(folder, `${name}.jsonl`)
    // It may be killed before it gets that far itself.
    closeSync(openSync(file, 'a'))
    files.push(file)
    const log = openSync(join(folder, `${name}.log`), 'a')
    const child = spawn(
      process.execPath,
      [
        '--conditions=@ledgerbus/source',
        '--disable-warning=ExperimentalWarning',
        program,
        JSON.stringify(optionsOf({ name, file }, index)),
      ],
      { stdio: ['ignore', log, log, 'ipc'] },
    )
    closeSync(log)
    const ended = new Promise<void>((resolve) => {
      child.once('error', () => resolve())
      child.once('exit', (code, signal) => {
        ledger.add({ kind: 'ended', member: name, code, signal, isExpected: member.isToEnd })
        lastCodes.set(index, code)
        if (running.get(index) === member) running.delete(index)
        resolve()
      })
    })
    const { promise: stands, resolve: stood } = Promise.withResolvers<StandingPoint>()
    const joined = new Promise<void>((resolve) => {
      child.on('message', (message: FromMember) => {
        if (message.kind === 'worked') {
          worked += message.runs
          workByPlace.set(index, (workByPlace.get(index) ?? 0) + message.runs)
          return
        }
        if (message.kind === 'waits') {
          stood(message.at)
          return
        }
        member.isMember = true
        resolve()
      })
    })
    const member: MemberProcess = { name, child, ended, joined, stands, isMember: false, isToEnd: false }
    running.set(index, member)
  }

  async function kill(member: MemberProcess | undefined): Promise<void> {
    if (member === undefined) return
    member.isToEnd = true
    ledger.add({ kind: 'killed', member: member.name })
    member.child.kill('SIGKILL')
    await member.ended
  }

  return {
    start,
    async joined(index, { signal }) {
      const member = running.get(index)
      if (member === undefined) throw new Error(`there is no member ${index}`)
      await settledWithin(systemClock, longestJoinMs, Promise.race([member.joined, member.ended, abortOf(signal)]))
      signal.throwIfAborted()
      if (!member.isMember) throw new Error(`${member.name} did not join; see ${join(folder, `${member.name}.log`)}`)
    },
    kill: (index) => kill(running.get(index)),
    async endsByItself(index, withinMs) {
      const member = running.get(index)
      if (member === undefined) return true
      member.isToEnd = true
      const isGone = await settledWithin(systemClock, withinMs, member.ended)
      if (isGone) ledger.add({ kind: 'killed', member: member.name })
      else member.isToEnd = false
      return isGone
    },
    async waits(index, withinMs) {
      const member = running.get(index)
      if (member === undefined) return undefined
      let at: StandingPoint | undefined
      const stands = member.stands.then((point) => {
        at = point
      })
      await settledWithin(systemClock, withinMs, Promise.race([stands, member.ended]))
      return at === undefined ? undefined : { at, goOn: () => void member.child.send({ kind: 'go-on' }) }
    },
    async close(index) {
      const member = running.get(index)
      if (member === undefined) return
      member.isToEnd = true
      member.child.kill('SIGTERM')
      const isGone = await settledWithin(systemClock, longestCloseMs, member.ended)
      if (isGone) return
      // Not what was asked for: the checker counts it as an end of its own.
      member.isToEnd = false
      member.child.kill('SIGKILL')
      await member.ended
    },
    freeze: (index) => void running.get(index)?.child.kill('SIGSTOP'),
    thaw: (index) => void running.get(index)?.child.kill('SIGCONT'),
    stateOf(index) {
      if (running.has(index)) return 'running'
      const code = lastCodes.get(index)
      return code === undefined ? undefined : { code }
    },
    workedIn: (index) => workByPlace.get(index) ?? 0,
    async killAll() {
      await Promise.all([...running.values()].map(kill))
    },
    get worked() {
      return worked
    },
    files,
  }
}

function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
