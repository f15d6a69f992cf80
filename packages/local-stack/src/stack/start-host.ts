import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { processEnvironment, withoutNodeOptions } from '../environment.ts'
import { scriptCommand } from '../process/script.ts'
import type { FromHost, HostPlan } from './host-protocol.ts'

/** How a start ended. */
export type HostStart =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string; readonly environment: boolean }

/** Starts a host in a session of its own and waits until its servers are ready. If this process ends before, so does the host. */
export async function startHost(plan: HostPlan, progress: (line: string) => void): Promise<HostStart> {
  await mkdir(plan.folder, { recursive: true })
  const logFile = join(plan.folder, 'host.log')
  const log = openSync(logFile, 'w')
  const script = scriptCommand('./stack-host', import.meta.url)
  const host = spawn(script.command, script.args, {
    cwd: plan.folder,
    env: withoutNodeOptions(processEnvironment()),
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    windowsHide: true,
  })
  closeSync(log)
  return await new Promise((resolve) => {
    const settle = (result: HostStart): void => {
      host.removeAllListeners()
      if (host.connected) host.disconnect()
      host.unref()
      resolve(result)
    }
    host.on('message', (message: FromHost) => {
      switch (message.kind) {
        case 'progress':
          return progress(message.line)
        case 'ready':
          return settle({ kind: 'ready' })
        case 'failed': {
          const code = message.code === undefined ? '' : `${message.code}: `
          return settle({ kind: 'failed', message: `${code}${message.message}`, environment: message.environment })
        }
      }
    })
    const ended = (how: string): void =>
      settle({ kind: 'failed', message: `the stack's host ${how}; see ${logFile}`, environment: false })
    host.once('error', (error) => ended(`could not be started: ${error.message}`))
    host.once('exit', (code, signal) => ended(`ended with ${signal ?? `exit code ${code}`}`))
    host.send(plan, () => undefined)
  })
}
