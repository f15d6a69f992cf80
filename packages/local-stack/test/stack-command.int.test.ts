import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isRunning } from '../src/process/process-identity.ts'
import { runStackCommand } from '../src/stack/run-stack-command.ts'
import { readState, type StackState } from '../src/stack/stack-state.ts'
import { waitUntil } from '../src/wait-until.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledgerbus-stack-'))
})
afterEach(async () => {
  await stack('down')
  await rm(folder, { recursive: true })
})

/** What `pnpm stack …` does in a workspace of its own. */
async function stack(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const out: string[] = []
  const err: string[] = []
  const code = await runStackCommand(args, {
    folder,
    stdout: (text) => out.push(text),
    stderr: (line) => err.push(line),
  })
  return { code, stdout: out.join(''), stderr: err.join('\n') }
}

async function theState(): Promise<StackState> {
  const state = await readState(folder)
  if (state === undefined) throw new Error('there is no state')
  return state
}

async function leftOf(state: StackState): Promise<string | undefined> {
  return await waitUntil(
    async () => {
      const running = await Promise.all([state.host, ...state.processes].map(isRunning))
      return running.includes(true) ? 'a process is there' : undefined
    },
    { timeoutMs: 10_000 },
  )
}

describe('pnpm stack', () => {
  it('starts all three servers, which live on until it stops them', async () => {
    const up = await stack('up', '-o', 'env')
    expect(up).toMatchObject({ code: 0, stderr: expect.stringContaining('the stack is up') })
    expect(up.stdout).toMatch(
      /^KAFKA_BROKERS=127\.0\.0\.1:\d+\nCLICKHOUSE_URL=http:\/\/127\.0\.0\.1:\d+\nSCHEMA_REGISTRY_URL=http:\S+\/apis\/ccompat\/v7\n$/,
    )
    expect(await stack('status', '-o', 'env')).toEqual({ code: 0, stdout: up.stdout, stderr: '' })

    const state = await theState()
    expect(state.processes.map(({ name }) => name)).toEqual(['kafka broker 1', 'clickhouse', 'schema registry'])
    expect(await stack('down')).toMatchObject({ code: 0, stdout: '' })
    expect(await leftOf(state)).toBeUndefined()
    expect(await stack('status')).toMatchObject({ code: 1, stdout: '' })
  })

  it('starts one stack when two ask for it, and prints the same addresses to both', async () => {
    const [first, second] = await Promise.all([
      stack('up', '--only', 'clickhouse', '-o', 'env'),
      stack('up', '--only', 'clickhouse', '-o', 'env'),
    ])
    expect([first.code, second.code]).toEqual([0, 0])
    expect(first.stdout).toBe(second.stdout)
    expect(first.stderr + second.stderr).toContain('the stack is up already')
    // A stack of one server is not passed off as the whole.
    expect(await stack('up')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('without kafka, schemaRegistry'),
    })
  })

  it('sees that the stack was killed, and starts it again on the same addresses and data', async () => {
    const { stdout } = await stack('up', '--only', 'clickhouse', '-o', 'env')
    const state = await theState()
    await query(state, 'CREATE TABLE kept (n UInt8) ENGINE = MergeTree ORDER BY n')
    process.kill(state.host.pid, 'SIGKILL')
    expect(await leftOf(state)).toBeUndefined()

    expect(await stack('status', '-o', 'json')).toMatchObject({ code: 1, stdout: expect.stringContaining('"stale"') })
    expect(await stack('up', '--only', 'clickhouse', '-o', 'env')).toMatchObject({ code: 0, stdout })
    expect(await query(await theState(), 'EXISTS TABLE kept')).toBe('1\n')
  })

  it('sees a dead server, and replaces the stack when asked to start it', async () => {
    await stack('up', '--only', 'clickhouse')
    const state = await theState()
    process.kill(state.processes[0]?.pid as number, 'SIGKILL')
    expect(await leftOf({ ...state, host: state.processes[0] as never })).toBeUndefined()

    expect(await stack('status')).toMatchObject({ code: 1, stdout: expect.stringContaining('not healthy') })
    expect(await stack('up', '--only', 'clickhouse')).toMatchObject({ code: 0 })
  })

  it('leaves nothing behind but an empty folder when the data is to go', async () => {
    await stack('up', '--only', 'clickhouse')
    expect(await stack('down', '--delete-data')).toMatchObject({ code: 0 })
    expect(await readdir(folder)).toEqual([])
  })

  it('ends its servers when the workspace is removed', async () => {
    await stack('up', '--only', 'clickhouse')
    const state = await theState()
    await rm(join(folder, 'state.json'))
    expect(await leftOf(state)).toBeUndefined()
  })
})

async function query(state: StackState, statement: string): Promise<string> {
  const url = state.clickhouse?.url ?? ''
  const answer = await fetch(url, { method: 'POST', body: statement, headers: { connection: 'close' } })
  return await answer.text()
}
