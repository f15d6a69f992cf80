import { LocalStackError } from '../local-stack-error.ts'
import { killGroup } from '../process/kill-group.ts'
import { isRunning } from '../process/process-identity.ts'
import { waitUntil } from '../wait-until.ts'
import type { StackState } from './stack-state.ts'

const orderlyMs = 40_000
const forcedMs = 15_000

/**
 * Ends the host and waits until it and every server is gone: by SIGTERM, which lets it stop them, and when that takes too
 * long by SIGKILL, which makes their supervisors kill them.
 *
 * @throws LocalStackError `STACK_STOP_FAILED` naming what is still there
 */
export async function stopStack(state: StackState): Promise<void> {
  signalHost(state, 'SIGTERM')
  if ((await untilGone(state, orderlyMs)) === undefined) return
  signalHost(state, 'SIGKILL')
  const left = await untilGone(state, forcedMs)
  if (left === undefined) return
  throw new LocalStackError(`the stack could not be stopped: ${left}`, {
    code: 'STACK_STOP_FAILED',
    remedy: 'end these processes by hand',
  })
}

/** Ends servers that outlived their host and supervisors: after both were killed at the same time. */
export async function removeRemains(state: StackState): Promise<void> {
  for (const server of state.processes) {
    // The identity is compared first: the number alone may be somebody else's by now.
    if (await isRunning(server)) killGroup(server.pid, 'SIGKILL')
  }
  const left = await untilGone(state, forcedMs)
  if (left === undefined) return
  throw new LocalStackError(`an earlier stack left processes behind: ${left}`, {
    code: 'STACK_STOP_FAILED',
    remedy: 'end these processes by hand',
  })
}

function signalHost(state: StackState, signal: NodeJS.Signals): void {
  try {
    process.kill(state.host.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function untilGone(state: StackState, timeoutMs: number): Promise<string | undefined> {
  const all = [{ name: 'host', ...state.host }, ...state.processes]
  return await waitUntil(
    async () => {
      const running = await Promise.all(all.map(async (one) => ((await isRunning(one)) ? one : undefined)))
      const left = running.filter((one) => one !== undefined)
      return left.length === 0 ? undefined : left.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ')
    },
    { timeoutMs, intervalMs: 100 },
  )
}
