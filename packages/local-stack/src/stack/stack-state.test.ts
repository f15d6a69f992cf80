import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { identifyProcess, type ProcessIdentity } from '../process/process-identity.ts'
import { readSituation, type StackState, stateFile, writeState } from './stack-state.ts'

let folder: string
let thisProcess: ProcessIdentity

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledgerbus-state-'))
  thisProcess = (await identifyProcess(process.pid)) as ProcessIdentity
})
afterEach(() => rm(folder, { recursive: true }))

function aState(overrides: Partial<StackState> = {}): StackState {
  return { schemaVersion: 1, host: thisProcess, startedAt: '2026-01-31T12:00:00.000Z', processes: [], ...overrides }
}

describe('the situation of a stack', () => {
  it('is down before the first start', async () => {
    expect(await readSituation(folder)).toEqual({ kind: 'down', last: undefined })
  })

  it('is up while the host of the state file runs', async () => {
    await writeState(folder, aState())
    expect(await readSituation(folder)).toMatchObject({ kind: 'up' })
  })

  it('is down after an orderly stop, and remembers the addresses', async () => {
    await writeState(folder, aState({ stoppedAt: '2026-01-31T13:00:00.000Z', clickhouse: { url: 'http://x:1' } }))
    expect(await readSituation(folder)).toMatchObject({ kind: 'down', last: { clickhouse: { url: 'http://x:1' } } })
  })

  it('is stale when another process has the number of the host by now', async () => {
    await writeState(folder, aState({ host: { pid: process.pid, startedAt: 'long ago' } }))
    expect(await readSituation(folder)).toMatchObject({ kind: 'stale' })
  })

  it.each(['{', '{"schemaVersion":2}'])('is refused when the file is %s', async (content) => {
    await writeFile(stateFile(folder), content)
    await expect(readSituation(folder)).rejects.toMatchObject({ code: 'STACK_OPTIONS_INVALID' })
  })
})
