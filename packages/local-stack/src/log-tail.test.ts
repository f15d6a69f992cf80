import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lastLines, readLogTail } from './log-tail.ts'

describe('the end of a log', () => {
  it('begins where this run of the server began', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ledgerbus-log-'))
    const log = join(folder, 'server.log')
    await writeFile(log, 'before\nafter\n')
    expect(await readLogTail(log, 7)).toBe('after\n')
    await rm(folder, { recursive: true })
  })

  it('is empty where there is no log', async () => {
    expect(await readLogTail('/nowhere/server.log', 0)).toBe('')
  })

  it('shows the last lines that say something, without the frames of stack traces', () => {
    const text = 'start\n\nException: no\n\tat a.B.c(B.java:1)\n    at d\nCaused by: e\n\t... 7 more\n'
    expect(lastLines(text, 2)).toBe('  Exception: no\n  Caused by: e')
  })
})
