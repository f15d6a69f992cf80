import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { identifyProcess, isRunning } from './process-identity.ts'

describe('the identity of a process', () => {
  it('stays the same while the process lives', async () => {
    const first = await identifyProcess(process.pid)
    expect(first?.startedAt).toBeTruthy()
    expect(await identifyProcess(process.pid)).toEqual(first)
  })

  it('is gone with the process', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await once(child, 'spawn')
    const identity = await identifyProcess(child.pid as number)
    expect(identity && (await isRunning(identity))).toBe(true)

    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(identity && (await isRunning(identity))).toBe(false)
  })

  it('is not that of a later process with the same number', async () => {
    expect(await isRunning({ pid: process.pid, startedAt: 'before the machine was restarted' })).toBe(false)
  })
})
