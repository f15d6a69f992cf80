import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { findMaven, mavenGoals, runMaven } from './maven.ts'

const folders: string[] = []

/** An environment whose `mvn` is this shell script. */
async function aMaven(script: string): Promise<{ readonly PATH: string; readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'ledgerbus-maven-'))
  folders.push(folder)
  await writeFile(join(folder, 'mvn'), `#!/bin/sh\n${script}\n`)
  await chmod(join(folder, 'mvn'), 0o755)
  return { PATH: `${folder}:/usr/bin:/bin`, folder }
}

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })))
})

describe('Maven', () => {
  it('is asked for its version', async () => {
    const { PATH } = await aMaven('echo "Apache Maven 3.9.9 (abc)"')
    expect(await findMaven({ environment: { PATH } })).toBe('3.9.9')
  })

  it('is missed with a remedy', async () => {
    await expect(findMaven({ environment: { PATH: '/nowhere' } })).rejects.toMatchObject({
      code: 'STACK_MAVEN_MISSING',
      remedy: expect.stringContaining('install Maven'),
    })
  })

  it('shows its last lines when it fails', async () => {
    const { PATH, folder } = await aMaven('echo "[ERROR] Could not transfer artifact"; exit 1')
    const run = runMaven(mavenGoals.copyOne, {}, folder, { environment: { PATH } })
    await expect(run).rejects.toMatchObject({
      code: 'STACK_DOWNLOAD_FAILED',
      retriable: true,
      message: expect.stringContaining('Could not transfer artifact'),
    })
  })

  it('is ended when the signal aborts, with the reason of the signal', async () => {
    const { PATH, folder } = await aMaven('exec sleep 60')
    const giveUp = new AbortController()
    const run = runMaven(mavenGoals.copyOne, {}, folder, { environment: { PATH }, signal: giveUp.signal })
    giveUp.abort(new Error('enough'))
    await expect(run).rejects.toThrow('enough')
  })
})
