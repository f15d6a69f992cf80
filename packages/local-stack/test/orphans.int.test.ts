import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { afterAll, describe, expect, it } from 'vitest'
import { identifyProcess, isRunning, type ProcessIdentity } from '../src/process/process-identity.ts'
import { scriptCommand } from '../src/process/script.ts'
import { waitUntil } from '../src/wait-until.ts'

type Server = 'kafka' | 'clickhouse' | 'schema-registry'
type Ending = 'wait' | 'exit' | 'crash' | 'finish'

interface Family {
  readonly parent: ChildProcess
  readonly ended: Promise<unknown>
  readonly server: ProcessIdentity
  readonly supervisor: ProcessIdentity
  readonly dataDir: string
}

const parents: ChildProcess[] = []

/** A program of its own that has started a server. */
async function aParent(server: Server, ending: Ending): Promise<Family> {
  const script = scriptCommand('./fixtures/parent', import.meta.url)
  const parent = spawn(script.command, [...script.args, server, ending], { stdio: ['ignore', 'pipe', 'pipe'] })
  parents.push(parent)
  const ended = once(parent, 'exit')
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string]
  const { pid, dataDir } = JSON.parse(line) as { pid: number; dataDir: string }
  const identity = await identifyProcess(pid)
  // Where the program ended at once, its server may be gone before anyone looks: then there is nothing left to prove.
  return {
    parent,
    ended,
    server: identity ?? { pid, startedAt: 'gone' },
    supervisor: (await supervisorOf(pid)) ?? { pid, startedAt: 'gone' },
    dataDir,
  }
}

async function supervisorOf(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return stat === undefined
    ? undefined
    : await identifyProcess(Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
}

/** What of a family is still there ten seconds after its parent. */
async function leftOf({ server, supervisor, dataDir }: Family): Promise<string | undefined> {
  return await waitUntil(
    async () => {
      if (await isRunning(server)) return `the server runs (pid ${server.pid})`
      if (await isRunning(supervisor)) return `the supervisor runs (pid ${supervisor.pid})`
      return existsSync(dataDir) ? `${dataDir} is there` : undefined
    },
    { timeoutMs: 10_000 },
  )
}

afterAll(() => {
  for (const parent of parents) parent.kill('SIGKILL')
})

describe.concurrent('a server whose parent is gone', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'is gone too, with its temporary data, after %s',
    async (signal) => {
      const family = await aParent('clickhouse', 'wait')
      expect(await isRunning(family.server)).toBe(true)
      family.parent.kill(signal)
      await family.ended
      expect(await leftOf(family)).toBeUndefined()
    },
  )

  it.each([
    ['exits', 'exit', 5],
    ['crashes', 'crash', 1],
    ['comes to its end and forgot to stop it', 'finish', 0],
  ] as const)('is gone too, with its temporary data, when the parent %s', async (_, ending, exitCode) => {
    const family = await aParent('clickhouse', ending)
    expect(await family.ended).toEqual([exitCode, null])
    expect(await leftOf(family)).toBeUndefined()
  })

  it.each(['kafka', 'schema-registry'] as const)('is gone too when it is the %s', async (server) => {
    const family = await aParent(server, 'wait')
    family.parent.kill('SIGKILL')
    await family.ended
    expect(await leftOf(family)).toBeUndefined()
  })

  it('is gone too when it was frozen at that moment', async () => {
    const family = await aParent('clickhouse', 'wait')
    process.kill(family.server.pid, 'SIGSTOP')
    family.parent.kill('SIGKILL')
    await family.ended
    expect(await leftOf(family)).toBeUndefined()
  })

  it('is gone too when its supervisor is told to end', async () => {
    const family = await aParent('clickhouse', 'wait')
    process.kill(family.supervisor.pid, 'SIGTERM')
    expect(await leftOf(family)).toBeUndefined()
  })
})
