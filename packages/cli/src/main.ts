import closeWithGrace from 'close-with-grace'
import { systemClock, uuidV7Ids } from '@ledgerbus/core'
import { connections } from './edge/connections.ts'
import { Interruption } from './edge/interruption.ts'
import { createPrompts } from './edge/prompts.ts'
import { userName } from './edge/user-name.ts'
import { explainError } from './errors/explain-error.ts'
import { exitCodes } from './exit-codes.ts'
import { toOutputError } from './output/write.ts'
import { runLedgerbus } from './run-ledgerbus.ts'

// The process's own edge: the only file that takes hold of its streams, its environment and its signals.

const { stdin, stdout, stderr } = process
const interrupt = new AbortController()

// A command may wait on nothing but timers that keep no process alive (a service whose servers are all down); it ends when it says so.
setInterval(() => undefined, 2_147_483_647)

stdout.on('error', (error: Error) => {
  interrupt.abort(toOutputError(error))
})
// Without stderr there is nobody to tell; the exit code still says how it ended.
stderr.on('error', () => undefined)

closeWithGrace(
  {
    // No time limit: an orchestrator has its own, and a person presses Ctrl-C again.
    delay: false,
    logger: false,
    skip: ['beforeExit'],
    onSecondSignal: () => process.exit(exitCodes.interrupted),
  },
  async ({ signal, err }) => {
    if (err !== undefined) {
      const { code, message, remedy } = explainError(err)
      const stack = process.argv.includes('--debug') ? `${err.stack}\n` : ''
      stderr.write(`${stack}remedy: ${remedy}\nerror:  ${code}: ${message}\n`)
      process.exit(exitCodes.failed)
    }
    if (stderr.isTTY) stderr.write('\nfinishing what is under way; press Ctrl-C again to stop at once\n')
    else stderr.write(`${signal}: finishing what is under way; a second signal stops at once\n`)
    interrupt.abort(new Interruption(signal === 'SIGTERM' || signal === 'SIGHUP' ? signal : 'SIGINT'))
    process.exit(await ended)
  },
)

const ended = runLedgerbus(process.argv.slice(2), {
  stdin,
  stdout,
  stderr,
  env: process.env,
  cwd: process.cwd(),
  userName: userName(),
  clock: systemClock,
  ids: uuidV7Ids,
  interrupted: interrupt.signal,
  connections,
  prompts: createPrompts({ stdin, stderr, interrupted: interrupt.signal }),
  fetch,
})

process.exit(await ended)
