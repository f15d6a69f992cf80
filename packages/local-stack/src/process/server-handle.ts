import { LocalStackError } from '../local-stack-error.ts'
import type { HowToStop, ServerProcess } from './server-process.ts'

/** One server process, to be killed, frozen and started again. */
export interface ServerHandle {
  /** Of the running process; `undefined` while there is none. */
  readonly pid: number | undefined
  /** Everything the process printed, also before a restart. */
  readonly logFile: string
  /**
   * Delivers a signal: `SIGKILL` for a crash, `SIGSTOP` and `SIGCONT` for a freeze. What ends the process resolves when it
   * is gone, anything else when it was delivered.
   *
   * @returns whether there was a process to signal
   * @throws LocalStackError `STACK_STOP_FAILED` when the process is still there after the stop timeout
   */
  kill(signal?: NodeJS.Signals): Promise<boolean>
  /**
   * Starts the process again on the same folder and ports, after an orderly end if it still runs; resolves when it is ready.
   *
   * @throws LocalStackError as the start does; `STACK_STOPPED` when the server was stopped for good
   */
  restart(options?: { readonly signal?: AbortSignal }): Promise<void>
}

/** A handle and what only its owner may do. */
export interface OwnedServerHandle extends ServerHandle {
  /** Ends the process for good; a restart under way is given up. Calling it again waits for the same end. */
  stop(): Promise<void>
}

/**
 * @param how in which way `stop` ends the process
 * @param afterStop what is left to do once it is gone
 */
export function createServerHandle(
  server: ServerProcess,
  how: HowToStop,
  afterStop: () => Promise<void> = async () => undefined,
): OwnedServerHandle {
  const closing = new AbortController()
  let stopping: Promise<void> | undefined
  /** Restarts run one after the other. */
  let lastRestart: Promise<void> = Promise.resolve()

  async function restart(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    await server.stop('orderly')
    await server.start(signal)
  }

  return {
    get pid() {
      return server.pid
    },
    logFile: server.logFile,
    async kill(signal = 'SIGKILL') {
      return await server.kill(signal)
    },
    async restart(options = {}) {
      const signal = options.signal ? AbortSignal.any([closing.signal, options.signal]) : closing.signal
      const mine = lastRestart.then(() => restart(signal))
      lastRestart = mine.catch(() => undefined)
      await mine
    },
    stop() {
      stopping ??= (async () => {
        closing.abort(stoppedError(server.name))
        await lastRestart
        await server.stop(how)
        await afterStop()
      })()
      return stopping
    },
  }
}

function stoppedError(name: string): LocalStackError {
  return new LocalStackError(`${name} was stopped`, { code: 'STACK_STOPPED', remedy: 'start a new one' })
}
