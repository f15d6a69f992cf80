import { stat } from 'node:fs/promises'
import type { Environment } from '../environment.ts'
import { LocalStackError } from '../local-stack-error.ts'
import { lastLines, readLogTail } from '../log-tail.ts'
import type { LocalStackLogger } from '../server-options.ts'
import { settlesWithin, waitUntil } from '../wait-until.ts'
import { describeExit, type SupervisedProcess, startSupervised } from './supervised-process.ts'
import type { ProcessExit } from './supervisor-protocol.ts'

/** One server: how to start it, how to see that it is ready, how to ask it to stop. */
export interface ServerSpec {
  /** As it reads in messages: `kafka broker 1`. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Environment
  /** Working folder. */
  readonly folder: string
  readonly logFile: string
  readonly removeWhenAbandoned: readonly string[]
  readonly startTimeoutMs: number
  readonly stopTimeoutMs: number
  /** One look at the running server: what is still missing, or `undefined` when it is ready. */
  readonly missing: (signal: AbortSignal) => Promise<string | undefined>
  /** Asks for an orderly end in the server's own way. Without it, or where it fails, the server gets SIGTERM. */
  readonly askToStop?: (signal: AbortSignal) => Promise<void>
  readonly logger?: LocalStackLogger | undefined
}

/** `orderly` lets the server put its things in order; `at once` kills it. */
export type HowToStop = 'orderly' | 'at once'

/** A server that can be killed and started again on the same folder and ports. */
export interface ServerProcess {
  readonly name: string
  readonly logFile: string
  /** Of the running process; `undefined` while there is none. */
  readonly pid: number | undefined
  /** Starts it unless it runs already; resolves when it is ready. */
  start(signal?: AbortSignal): Promise<void>
  /** Delivers a signal to the running process; `false` when there is none. Resolves after the end of what ends a process. */
  kill(signal: NodeJS.Signals): Promise<boolean>
  /** `orderly` turns to force when its time is over. */
  stop(how: HowToStop): Promise<void>
}

const logLines = 15
const killTimeoutMs = 10_000
const endingSignals: ReadonlySet<NodeJS.Signals> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT'])

export function createServerProcess(spec: ServerSpec): ServerProcess {
  let current: SupervisedProcess | undefined
  /** An ending that somebody asked for; any other is worth a warning. */
  let expected: SupervisedProcess | undefined
  /** Where this run's lines begin in the log. */
  let logStart = 0

  async function spawnServer(): Promise<SupervisedProcess> {
    logStart = await stat(spec.logFile).then(
      (file) => file.size,
      () => 0,
    )
    const running = await startSupervised(spec)
    current = running
    void running.exited.then((exit) => {
      if (current === running) current = undefined
      if (expected !== running) {
        const facts = { server: spec.name, code: exit.code, signal: exit.signal, logFile: spec.logFile }
        spec.logger?.warn(facts, 'server ended by itself')
      }
    })
    return running
  }

  async function untilReady(running: SupervisedProcess, signal: AbortSignal | undefined): Promise<void> {
    const died = new AbortController()
    let exit: ProcessExit | undefined
    void running.exited.then((how) => {
      exit = how
      died.abort()
    })
    const either = signal ? AbortSignal.any([died.signal, signal]) : died.signal
    const missing = await waitUntil(spec.missing, { timeoutMs: spec.startTimeoutMs, signal: either }).catch((error) => {
      if (exit === undefined) throw error
    })
    if (exit !== undefined) throw diedEarly(spec, exit, await readLogTail(spec.logFile, logStart))
    if (missing !== undefined) throw notReady(spec, missing, await readLogTail(spec.logFile, logStart))
  }

  async function end(running: SupervisedProcess): Promise<void> {
    expected = running
    const enough = AbortSignal.timeout(spec.stopTimeoutMs)
    // A process stopped by SIGSTOP handles nothing until it goes on.
    await running.signal('SIGCONT')
    const asked = await spec.askToStop?.(enough).then(
      () => true,
      () => false,
    )
    if (asked !== true) await running.signal('SIGTERM')
    if (await settlesWithin(running.exited, spec.stopTimeoutMs)) return
    await force(running)
  }

  async function force(running: SupervisedProcess): Promise<void> {
    expected = running
    await running.signal('SIGKILL')
    if (await settlesWithin(running.exited, killTimeoutMs)) return
    throw new LocalStackError(`${spec.name} (pid ${running.pid}) does not end, not even by SIGKILL`, {
      code: 'STACK_STOP_FAILED',
      remedy: `end it by hand; its log is ${spec.logFile}`,
    })
  }

  return {
    name: spec.name,
    logFile: spec.logFile,
    get pid() {
      return current?.pid
    },
    async start(signal) {
      signal?.throwIfAborted()
      const running = current ?? (await spawnServer())
      try {
        await untilReady(running, signal)
      } catch (error) {
        await force(running)
        throw error
      }
    },
    async kill(signal) {
      const running = current
      if (running === undefined) return false
      if (endingSignals.has(signal)) expected = running
      const delivered = await running.signal(signal)
      if (delivered && endingSignals.has(signal) && !(await settlesWithin(running.exited, spec.stopTimeoutMs))) {
        throw new LocalStackError(`${spec.name} (pid ${running.pid}) still runs after ${signal}`, {
          code: 'STACK_STOP_FAILED',
          remedy: `use SIGKILL, or see its log, ${spec.logFile}`,
        })
      }
      return delivered
    },
    async stop(how) {
      if (current === undefined) return
      await (how === 'orderly' ? end(current) : force(current))
    },
  }
}

function diedEarly(spec: ServerSpec, exit: ProcessExit, log: string): LocalStackError {
  const details = lastLines(log, logLines)
  if (/address already in use/i.test(log)) {
    return new LocalStackError(`${spec.name} found one of its ports taken`, {
      code: 'STACK_PORT_TAKEN',
      remedy: 'end the process that listens there, or start again to get other ports',
      details,
      retriable: true,
    })
  }
  return new LocalStackError(`${spec.name} ended before it was ready (${describeExit(exit)})`, {
    code: 'STACK_SERVER_DIED',
    remedy: `see its log, ${spec.logFile}, whose last lines are:`,
    details,
  })
}

function notReady(spec: ServerSpec, missing: string, log: string): LocalStackError {
  return new LocalStackError(`${spec.name} was not ready after ${spec.startTimeoutMs} ms: ${missing}`, {
    code: 'STACK_NOT_READY',
    remedy: `raise startTimeoutMs on a slow machine, or see its log, ${spec.logFile}, whose last lines are:`,
    details: lastLines(log, logLines),
    retriable: true,
  })
}
