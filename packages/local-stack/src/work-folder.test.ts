import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryLogFolder } from './environment.ts'
import { createWorkFolder } from './work-folder.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledgerbus-test-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a temporary work folder', () => {
  it('is removed afterwards, by the supervisors too, while its logs stay', async () => {
    const work = await createWorkFolder('kafka', { logDir: folder })
    const log = await work.logFile('kafka-1')
    await writeFile(log, 'why it failed')
    expect(work.removeWhenAbandoned).toEqual([work.path])

    await work.remove()
    expect(existsSync(work.path)).toBe(false)
    expect(await readFile(log, 'utf8')).toBe('why it failed')
  })

  it('clears away logs that are older than a week', async () => {
    const first = await createWorkFolder('kafka', {})
    const old = await first.logFile('kafka-1')
    await writeFile(old, '')
    await utimes(old, 0, 0)
    const second = await createWorkFolder('kafka', {})

    expect(old.startsWith(temporaryLogFolder())).toBe(true)
    expect(existsSync(old)).toBe(false)
    await Promise.all([first.remove(), second.remove()])
  })
})

describe('a work folder that was named', () => {
  it('stays, and keeps the log of the start before', async () => {
    const dataDir = join(folder, 'kafka')
    await writeFile(await (await createWorkFolder('kafka', { dataDir })).logFile('kafka-1'), 'first')
    const work = await createWorkFolder('kafka', { dataDir })
    await writeFile(await work.logFile('kafka-1'), 'second')
    await work.remove()

    expect(work.removeWhenAbandoned).toEqual([])
    expect(await readdir(join(dataDir, 'logs'))).toEqual(['kafka-1.log', 'kafka-1.previous.log'])
    expect(await readFile(join(dataDir, 'logs', 'kafka-1.previous.log'), 'utf8')).toBe('first')
  })
})
