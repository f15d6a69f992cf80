import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processEnvironment } from '../environment.ts'
import { waitUntil } from '../wait-until.ts'
import { isRunning, identifyProcess, type ProcessIdentity } from './process-identity.ts'
import { createServerHandle } from './server-handle.ts'
import { createServerProcess, type ServerProcess, type ServerSpec } from './server-process.ts'

let folder: string
let servers: ServerProcess[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledgerbus-server-'))
  servers = []
})
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop('at once')))
  await rm(folder, { recursive: true })
})

const runsForEver =
  'setInterval(() => {}, 1000); process.on("SIGTERM", () => { console.log("closing"); process.exit(0) })'
const ignoresSigterm = 'setInterval(() => {}, 1000); process.on("SIGTERM", () => {}); console.log("deaf")'

/** A server made of a line of JavaScript; ready when its log says something, or at once. */
function aServer(code: string, overrides: Partial<ServerSpec> = {}): ServerProcess {
  const server = createServerProcess({
    name: 'toy server',
    command: process.execPath,
    args: ['-e', code],
    env: processEnvironment(),
    folder,
    logFile: join(folder, 'server.log'),
    removeWhenAbandoned: [],
    startTimeoutMs: 10_000,
    stopTimeoutMs: 5_000,
    missing: async () => undefined,
    ...overrides,
  })
  servers.push(server)
  return server
}

/** A look at the log: missing until it holds the text. */
function logged(text: string): () => Promise<string | undefined> {
  return async () =>
    (await readFile(join(folder, 'server.log'), 'utf8')).includes(text) ? undefined : `no ${text} yet`
}

async function identityOf(server: ServerProcess): Promise<ProcessIdentity> {
  const identity = await identifyProcess(server.pid as number)
  if (identity === undefined) throw new Error('the server does not run')
  return identity
}

describe('a server process', () => {
  it('runs with everything it prints in its log, and ends when told to', async () => {
    const server = aServer(`console.log("hello"); ${runsForEver}`, { missing: logged('hello') })
    await server.start()
    const identity = await identityOf(server)
    await server.stop('orderly')

    expect(await isRunning(identity)).toBe(false)
    expect(server.pid).toBeUndefined()
    expect(await readFile(server.logFile, 'utf8')).toBe('hello\nclosing\n')
  })

  it('shows its last words when it dies before it is ready', async () => {
    const server = aServer('console.error("FATAL: no such folder"); process.exit(3)', {
      missing: async () => 'nothing',
    })
    await expect(server.start()).rejects.toMatchObject({
      code: 'STACK_SERVER_DIED',
      message: expect.stringMatching(
        /toy server ended before it was ready \(exit code 3\).*server\.log.*\n {2}FATAL: no such/s,
      ),
    })
  })

  it('tells a taken port from other deaths, by this run of the server alone', async () => {
    const dies = (text: string): ServerProcess =>
      aServer(`console.error(${JSON.stringify(text)}); process.exit(1)`, { missing: async () => 'nothing' })
    await expect(dies('Address already in use').start()).rejects.toMatchObject({ code: 'STACK_PORT_TAKEN' })
    await expect(dies('out of memory').start()).rejects.toMatchObject({ code: 'STACK_SERVER_DIED' })
  })

  it('is stopped when it is not ready in time, and the error says what was missing', async () => {
    const server = aServer(runsForEver, { missing: async () => 'no answer on port 1', startTimeoutMs: 100 })
    await expect(server.start()).rejects.toMatchObject({
      code: 'STACK_NOT_READY',
      message: expect.stringContaining('no answer on port 1'),
    })
    expect(server.pid).toBeUndefined()
  })

  it('is stopped when the start is given up, and the reason is thrown as it is', async () => {
    const giveUp = new AbortController()
    const server = aServer(runsForEver, {
      missing: async () => {
        giveUp.abort(new Error('enough'))
        return 'nothing'
      },
    })
    await expect(server.start(giveUp.signal)).rejects.toThrow(/^enough$/)
    expect(server.pid).toBeUndefined()
  })

  it('cannot be started when the command does not exist', async () => {
    const server = aServer('', { command: join(folder, 'nothing-here') })
    await expect(server.start()).rejects.toMatchObject({ code: 'STACK_SERVER_DIED' })
  })

  it('is killed when it does not end in its time', async () => {
    const server = aServer(ignoresSigterm, { missing: logged('deaf'), stopTimeoutMs: 100 })
    await server.start()
    const identity = await identityOf(server)
    await server.stop('orderly')
    expect(await isRunning(identity)).toBe(false)
  })

  it('ends also while it is frozen', async () => {
    const server = aServer(runsForEver)
    await server.start()
    expect(await server.kill('SIGSTOP')).toBe(true)
    await server.stop('orderly')
    expect(server.pid).toBeUndefined()
  })

  it('is reported when it ends by itself, and not when somebody ended it', async () => {
    const warnings: unknown[] = []
    const logger = { info: () => undefined, warn: (facts: unknown) => warnings.push(facts) }
    const killed = aServer(runsForEver, { logger })
    await killed.start()
    await killed.kill('SIGKILL')
    expect(warnings).toEqual([])

    const dying = aServer('setTimeout(() => process.exit(7), 50)', { logger })
    await dying.start()
    await waitUntil(async () => (warnings.length > 0 ? undefined : 'no warning'), { timeoutMs: 5_000 })
    expect(warnings).toEqual([{ server: 'toy server', code: 7, signal: null, logFile: dying.logFile }])
  })

  it('does not outlive a supervisor that was killed', async () => {
    const server = aServer(runsForEver)
    await server.start()
    const identity = await identityOf(server)
    process.kill(await parentOf(identity.pid), 'SIGKILL')

    const left = await waitUntil(async () => ((await isRunning(identity)) ? 'it runs' : undefined), {
      timeoutMs: 5_000,
    })
    expect(left).toBeUndefined()
  })
})

describe('the handle of a server', () => {
  it('kills and restarts the process, whose pid changes', async () => {
    const handle = createServerHandle(await started(aServer(runsForEver)), 'orderly')
    const first = handle.pid
    expect(await handle.kill()).toBe(true)
    expect(handle.pid).toBeUndefined()
    expect(await handle.kill()).toBe(false)

    await handle.restart()
    expect(handle.pid).not.toBe(first)
    await handle.stop()
  })

  it('restarts one at a time', async () => {
    const handle = createServerHandle(await started(aServer(runsForEver)), 'at once')
    await Promise.all([handle.restart(), handle.restart()])
    expect(handle.pid).toBeDefined()
    await handle.stop()
  })

  it('gives a restart up when it is stopped, and refuses any later one', async () => {
    const handle = createServerHandle(aServer(runsForEver, { missing: async () => 'never ready' }), 'at once')
    const restart = handle.restart()
    const [restarted] = await Promise.allSettled([restart, handle.stop()])

    expect(restarted).toMatchObject({ status: 'rejected', reason: { code: 'STACK_STOPPED' } })
    expect(handle.pid).toBeUndefined()
    await expect(handle.restart()).rejects.toMatchObject({ code: 'STACK_STOPPED' })
  })

  it('cleans up once, after the end, however often it is stopped', async () => {
    const server = await started(aServer(runsForEver))
    const pidsAtCleaning: unknown[] = []
    const handle = createServerHandle(server, 'at once', async () => {
      pidsAtCleaning.push(server.pid)
    })
    await Promise.all([handle.stop(), handle.stop()])
    await handle.stop()
    expect(pidsAtCleaning).toEqual([undefined])
    expect(existsSync(server.logFile)).toBe(true)
  })
})

async function started(server: ServerProcess): Promise<ServerProcess> {
  await server.start()
  return server
}

async function parentOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}
