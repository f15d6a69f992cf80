import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** Enough of a failed command's output to see why; the end is where tools say it. */
const keptBytes = 64 * 1024
const watchParentMs = 500

/** @type {readonly NodeJS.Signals[]} */
const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Passes the signals this process gets on to a child, until the returned function is called.
 *
 * A terminal sends Ctrl-C to the whole foreground group, so the child has it already; passing it on again would
 * read as the second Ctrl-C, the one that forces.
 *
 * npm starts us through a shell and passes signals to that shell only, which dies of them and says nothing: being
 * orphaned by it means what SIGTERM means.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
function passSignals(child) {
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => {
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    child.kill(signal)
  }
  for (const signal of passedOn) process.on(signal, pass)
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    child.kill('SIGTERM')
  }, watchParentMs)
  if (process.env['npm_lifecycle_event'] === undefined) clearInterval(watch)
  return () => {
    clearInterval(watch)
    for (const signal of passedOn) process.off(signal, pass)
  }
}

/**
 * The exit code a shell would report.
 *
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
function exitCode(code, signal) {
  if (signal !== null) return 128 + constants.signals[signal]
  return code ?? 1
}

/**
 * Runs a command in the foreground and waits for its end, also after a signal.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>} its exit code
 */
export function runInForeground(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { ...options, stdio: 'inherit' })
    const stop = passSignals(child)
    child.once('error', (error) => {
      stop()
      reject(error)
    })
    child.once('exit', (code, signal) => {
      stop()
      resolve(exitCode(code, signal))
    })
  })
}

/**
 * Runs a command and keeps what it says to itself.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, timeoutMs?: number }} options
 * @returns {Promise<{ code: number, output: string }>} the end of stdout and stderr together
 */
export function runQuietly(command, args, { timeoutMs, ...options }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs })
    const stop = passSignals(child)
    let output = ''
    /** @param {Buffer} chunk */
    const keep = (chunk) => {
      output = (output + chunk.toString()).slice(-keptBytes)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', (error) => {
      stop()
      reject(error)
    })
    child.once('close', (code, signal) => {
      stop()
      resolve({ code: exitCode(code, signal), output })
    })
  })
}
