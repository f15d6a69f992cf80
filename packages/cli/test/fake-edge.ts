import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { DecodeValue } from '@ledgerbus/audit-sink'
import { createSealFolder } from '@ledgerbus/audit-log'
import { type Broker, type Clock, type Ids, systemClock } from '@ledgerbus/core'
import { type CreateReplayOptions, createReplay, type Replay } from '@ledgerbus/replay'
import { createInMemoryBroker, createSequentialIds } from '@ledgerbus/testkit'
import type { Edge, FullAuditLog, InputStream, MigratableAuditLog, OutputStream } from '../src/edge/edge.ts'
import { runLedgerbus } from '../src/run-ledgerbus.ts'

/** A folder with a `ledgerbus.config.ts` that declares `order.created` and `order.cancelled`. */
export const projectFolder: string = fileURLToPath(new URL('./project', import.meta.url))
/** A folder without one, nor any above it. */
const bareFolder = '/'

/** What a test may say about the world around a command. */
export interface World {
  readonly broker?: Broker
  readonly auditLog?: FullAuditLog & Partial<Pick<MigratableAuditLog, 'migrate' | 'months' | 'dropMonths'>>
  /** The folder in which the folders of seals lie. @default a new one */
  readonly sealsIn?: string
  /** In place of the replay that stands on the broker and the log. */
  readonly replay?: (parts: CreateReplayOptions) => Replay
  /** What a schema registry makes of framed values. */
  readonly decodeValue?: DecodeValue
  readonly env?: Edge['env']
  readonly cwd?: string
  /** @default ann */
  readonly userName?: string | undefined
  readonly clock?: Clock
  /** @default the same sequence for each command */
  readonly ids?: Ids
  /** What stands on stdin, or comes there. @default nothing */
  readonly stdin?: string | Readable
  /** Whether stdin and stderr are a person's terminal. @default false */
  readonly isTerminal?: boolean
  /** Whether stdout is one, too. @default false */
  readonly isStdoutTerminal?: boolean
  /** What the person types when asked. @default they turn away */
  readonly answers?: readonly string[]
  readonly interrupted?: AbortSignal
  readonly fetch?: typeof fetch
  /** Whether nobody reads stdout any more. @default false */
  readonly isClosed?: boolean
  /** What every write to stdout fails with. */
  readonly stdoutFailure?: Error
  /** Called with each text on stdout, e.g. to interrupt in the middle. */
  readonly onStdout?: (text: string) => void
  readonly onStderr?: (text: string) => void
}

/** How a command ended and what it said. */
export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** What was asked of the person. */
  readonly asked: readonly string[]
}

/** Runs a command in this process. `argv` as a text is cut at spaces. */
export async function run(argv: string | readonly string[], world: World = {}): Promise<Ran> {
  const closed = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
  const out = capture(world.onStdout, world.isClosed === true ? closed : world.stdoutFailure)
  const err = capture(world.onStderr)
  const asked: string[] = []
  const answers = [...(world.answers ?? [])]
  const isTTY = world.isTerminal ?? false
  const broker = world.broker ?? createInMemoryBroker()

  function answer(question: string): string | undefined {
    asked.push(question)
    return answers.shift()
  }

  const edge: Edge = {
    stdin: Object.assign(stdinOf(world.stdin), { isTTY }) as InputStream,
    stdout: Object.assign(out.stream, { isTTY: world.isStdoutTerminal ?? false }),
    stderr: Object.assign(err.stream, { isTTY }),
    env: world.env ?? { KAFKA_BROKERS: 'memory:1', CLICKHOUSE_URL: 'http://memory:1' },
    cwd: world.cwd ?? bareFolder,
    userName: 'userName' in world ? world.userName : 'ann',
    clock: world.clock ?? systemClock,
    ids: world.ids ?? createSequentialIds(),
    interrupted: world.interrupted ?? new AbortController().signal,
    connections: {
      broker: async () => broker,
      auditLog: async () => {
        if (world.auditLog === undefined) throw new Error('this test gave no audit log')
        // A command closes what it opened; the world goes on.
        const notClosed = async (): Promise<void> => undefined
        return {
          migrate: async () => ({ applied: [], present: ['0001_create_audit_log'] }),
          months: async () => [],
          dropMonths: async () => undefined,
          ...world.auditLog,
          close: notClosed,
        } satisfies MigratableAuditLog
      },
      seals: async (folder) =>
        createSealFolder(join(world.sealsIn ?? mkdtempSync(join(tmpdir(), 'ledgerbus-seals-')), basename(folder))),
      decodeValue: async () => world.decodeValue ?? (() => Promise.reject(new Error('this test has no registry'))),
      replay: async (parts) => (world.replay ?? createReplay)(parts),
    },
    prompts: {
      confirm: async (question) => answer(question) === 'yes',
      type: async (question) => answer(question),
    },
    fetch: world.fetch ?? (() => Promise.reject(new Error('this test has no network'))),
  }
  const exitCode = await runLedgerbus(typeof argv === 'string' ? argv.split(' ') : argv, edge)
  return { exitCode, stdout: out.text(), stderr: err.text(), asked }
}

function stdinOf(given: World['stdin']): Readable {
  if (given === undefined) return Readable.from([])
  return typeof given === 'string' ? Readable.from([given]) : given
}

function capture(onText?: (text: string) => void, failure?: Error): { readonly stream: OutputStream; text(): string } {
  const parts: string[] = []
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      if (failure !== undefined) {
        done(failure)
        return
      }
      parts.push(chunk)
      onText?.(chunk)
      done()
    },
  })
  // As the process does; each write hears of it as well.
  stream.on('error', () => undefined)
  return { stream, text: () => parts.join('') }
}
