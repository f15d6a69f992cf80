import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { RunnerProcess } from './replay-flights.ts'
import type { RunnerTask } from './replay-runner.ts'

const program = fileURLToPath(new URL('./replay-runner.ts', import.meta.url))

/** Starts the program that runs a replay. It ends with this one, whatever happens. */
export function forkRunner(task: RunnerTask): RunnerProcess {
  const child = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const gone = once(child, 'exit')
  const end = (): void => void child.kill('SIGKILL')
  process.once('exit', end)
  child.send(task)
  return {
    async kill() {
      end()
      await gone
      process.off('exit', end)
    },
  }
}
