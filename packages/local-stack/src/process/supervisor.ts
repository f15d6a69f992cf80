/**
 * The parent of one server and child of the process that asked for it. Its whole purpose is to outlive that process by a
 * moment: when the channel between them closes, for whatever reason (a normal exit, Ctrl-C, a crash, `kill -9`), it kills the
 * server. The kernel closes the channel, so nothing has to run in the dying process.
 *
 * Started by `supervised-process.ts` in a session of its own: signals of the caller's terminal or process group pass it by.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { killGroup } from './kill-group.ts'
import type { FromSupervisor, SupervisedCommand, ToSupervisor } from './supervisor-protocol.ts'

let server: ChildProcess | undefined
let serverRuns = false
let abandoned = false
let removeWhenAbandoned: readonly string[] = []

function start(command: SupervisedCommand): void {
  removeWhenAbandoned = command.removeWhenAbandoned
  const child = spawn(command.command, command.args, {
    cwd: command.folder,
    env: command.env,
    // A group of its own, so that whatever the server starts dies with it.
    detached: true,
    // The log file is this process's standard output.
    stdio: ['ignore', 'inherit', 'inherit'],
    windowsHide: true,
  })
  server = child
  child.once('error', (error) => {
    if (serverRuns) return
    tell({ kind: 'failed', message: error.message }, () => process.exit(1))
  })
  child.once('spawn', () => {
    serverRuns = true
    if (child.pid !== undefined) tell({ kind: 'started', pid: child.pid })
  })
  child.once('exit', (code, signal) => {
    serverRuns = false
    if (abandoned) return leave()
    tell({ kind: 'exited', exit: { code, signal } }, () => process.exit(0))
  })
}

/** Nobody waits for this server any more. */
function abandon(): void {
  if (abandoned) return
  abandoned = true
  if (server?.pid !== undefined && serverRuns) killGroup(server.pid, 'SIGKILL')
  else leave()
}

function leave(): void {
  for (const folder of removeWhenAbandoned) {
    // Supervisors of one cluster share a folder and may meet in it, hence the retries.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
  process.exit(0)
}

function tell(message: FromSupervisor, then: () => void = () => undefined): void {
  // A parent that died in this moment shows itself as `disconnect`; its error here says nothing more.
  if (process.connected) process.send?.(message, () => then())
  else then()
}

process.on('message', (message: ToSupervisor) => {
  switch (message.kind) {
    case 'start':
      return start(message.command)
    case 'signal': {
      // Only here is it certain that the number still means our server: it is a child that was not reaped yet.
      const delivered = serverRuns && server?.kill(message.signal) === true
      return tell({ kind: 'signalled', id: message.id, delivered })
    }
  }
})
process.on('disconnect', abandon)
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, abandon)
process.on('uncaughtException', (error) => {
  console.error('supervisor:', error)
  abandon()
})
// The parent may have gone while this file was loading, before anyone listened.
if (!process.connected) abandon()
