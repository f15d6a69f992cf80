import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { LocalStackError } from '../local-stack-error.ts'
import { withoutNodeOptions } from '../environment.ts'
import { deferred } from '../deferred.ts'
import { killGroup } from './kill-group.ts'
import { scriptCommand } from './script.ts'
import type { FromSupervisor, ProcessExit, SupervisedCommand, ToSupervisor } from './supervisor-protocol.ts'

/** A server process under its supervisor. */
export interface SupervisedProcess {
  /** Of the server itself. */
  readonly pid: number
  /** Settles when the server is gone; never rejects. */
  readonly exited: Promise<ProcessExit>
  /** Resolves when the signal was delivered: `false` when the server was gone already. */
  signal(signal: NodeJS.Signals): Promise<boolean>
}

/** What to run, and the file that takes everything it prints. */
export interface SupervisedSpec extends SupervisedCommand {
  readonly name: string
  readonly logFile: string
}

/**
 * Starts a command under a supervisor that kills it when this process is gone, however it went.
 *
 * Neither of them keeps this process's event loop alive: a program that only forgot to stop its servers still ends.
 *
 * @throws LocalStackError `STACK_SERVER_DIED` when the command cannot be started
 */
export async function startSupervised(spec: SupervisedSpec): Promise<SupervisedProcess> {
  const log = openSync(spec.logFile, 'a')
  const script = scriptCommand('./supervisor', import.meta.url)
  const supervisor = spawn(script.command, script.args, {
    cwd: spec.folder,
    env: withoutNodeOptions(spec.env),
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    windowsHide: true,
  })
  closeSync(log)

  let pid: number | undefined
  let nextId = 0
  const answers = new Map<number, (delivered: boolean) => void>()
  const started = deferred<number>()
  const exited = deferred<ProcessExit>()

  function ended(exit: ProcessExit): void {
    exited.resolve(exit)
    started.reject(cannotStart(spec, `it ended at once with ${describeExit(exit)}`))
    for (const answer of answers.values()) answer(false)
    answers.clear()
  }

  supervisor.on('message', (message: FromSupervisor) => {
    switch (message.kind) {
      case 'started':
        pid = message.pid
        return started.resolve(message.pid)
      case 'failed':
        return started.reject(cannotStart(spec, message.message))
      case 'signalled':
        answers.get(message.id)?.(message.delivered)
        answers.delete(message.id)
        return
      case 'exited':
        pid = undefined
        return ended(message.exit)
    }
  })
  supervisor.once('error', (error) => started.reject(cannotStart(spec, error.message)))
  supervisor.once('exit', (code, signal) => {
    // Somebody killed the supervisor: its server must not outlive it.
    if (pid !== undefined) killGroup(pid, 'SIGKILL')
    ended({ code, signal })
  })

  const command: SupervisedCommand = {
    command: spec.command,
    args: spec.args,
    env: spec.env,
    folder: spec.folder,
    removeWhenAbandoned: spec.removeWhenAbandoned,
  }
  supervisor.send({ kind: 'start', command } satisfies ToSupervisor, () => undefined)
  const serverPid = await started.promise
  supervisor.unref()
  supervisor.channel?.unref()

  return {
    pid: serverPid,
    exited: exited.promise,
    async signal(signal) {
      if (!supervisor.connected) return false
      const answer = deferred<boolean>()
      nextId += 1
      answers.set(nextId, answer.resolve)
      supervisor.channel?.ref()
      supervisor.send({ kind: 'signal', id: nextId, signal } satisfies ToSupervisor, () => undefined)
      const delivered = await answer.promise
      if (answers.size === 0) supervisor.channel?.unref()
      return delivered
    },
  }
}

/** An ending in words: `exit code 1` or `signal SIGKILL`. */
export function describeExit(exit: ProcessExit): string {
  return exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`
}

function cannotStart(spec: SupervisedSpec, reason: string): LocalStackError {
  return new LocalStackError(`${spec.name} could not be started: ${reason}`, {
    code: 'STACK_SERVER_DIED',
    remedy: `see its log, ${spec.logFile}`,
  })
}
