import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withLock } from './lock-file.ts'
import { identifyProcess } from './process/process-identity.ts'

let folder: string
let lockFile: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledgerbus-lock-'))
  lockFile = join(folder, 'lock')
})
afterEach(() => rm(folder, { recursive: true }))

describe('a lock file', () => {
  it('lets one action run at a time', async () => {
    let running = 0
    let most = 0
    const action = async (): Promise<void> => {
      running += 1
      most = Math.max(most, running)
      await new Promise(setImmediate)
      running -= 1
    }
    await Promise.all([1, 2, 3].map(() => withLock(lockFile, { timeoutMs: 10_000 }, action)))

    expect(most).toBe(1)
    expect(await readdir(folder)).toEqual([])
  })

  it('is released when the action fails', async () => {
    await expect(withLock(lockFile, { timeoutMs: 1_000 }, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await withLock(lockFile, { timeoutMs: 1_000 }, async () => 'mine')).toBe('mine')
  })

  it('is taken over from a process that died with it', async () => {
    const dead = spawn(process.execPath, ['-e', ''])
    const identity = await identifyProcess(dead.pid as number)
    await once(dead, 'exit')
    await writeFile(lockFile, JSON.stringify({ ...identity, token: 'theirs' }))

    expect(await withLock(lockFile, { timeoutMs: 1_000 }, async () => 'mine')).toBe('mine')
  })

  it('is taken over when its process number belongs to another process by now', async () => {
    await writeFile(lockFile, JSON.stringify({ pid: process.pid, startedAt: 'long ago', token: 'theirs' }))
    expect(await withLock(lockFile, { timeoutMs: 1_000 }, async () => 'mine')).toBe('mine')
  })

  it('names the holder once while it waits, and when it gives up', async () => {
    const waits: number[] = []
    await withLock(lockFile, { timeoutMs: 1_000 }, async () => {
      const second = withLock(lockFile, { timeoutMs: 250, onWait: (pid) => waits.push(pid) }, async () => undefined)
      await expect(second).rejects.toMatchObject({
        code: 'STACK_BUSY',
        message: expect.stringContaining(`process ${process.pid}`),
      })
    })
    expect(waits).toEqual([process.pid])
  })
})
