import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Artifact, ensureArtifact, isComplete } from './artifact-cache.ts'

let cache: string

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'ledgerbus-cache-'))
})
afterEach(() => rm(cache, { recursive: true }))

/** An artifact of two files, and how often it was fetched. */
function anArtifact(overrides: Partial<Artifact> = {}): Artifact & { readonly fetches: () => number } {
  let fetches = 0
  return {
    name: 'Thing 1.0',
    folder: join(cache, 'thing-1.0'),
    bytes: 1,
    required: ['lib/a.jar'],
    async fetch(folder) {
      fetches += 1
      await mkdir(join(folder, 'lib'))
      await writeFile(join(folder, 'lib', 'a.jar'), 'aaaa')
      await writeFile(join(folder, 'lib', 'b.jar'), 'bbbb')
    },
    ...overrides,
    fetches: () => fetches,
  }
}

describe('the cache of downloads', () => {
  it('fetches once, and says so once', async () => {
    const artifact = anArtifact()
    const lines: string[] = []
    await ensureArtifact(artifact, { progress: (line) => lines.push(line) })
    await ensureArtifact(artifact, { progress: (line) => lines.push(line) })

    expect(artifact.fetches()).toBe(1)
    expect(lines).toEqual([`fetching Thing 1.0 into ${artifact.folder} (first time only)`, 'Thing 1.0 is in the cache'])
  })

  it('fetches once for starts that come at the same time', async () => {
    const artifact = anArtifact()
    await Promise.all([ensureArtifact(artifact, {}), ensureArtifact(artifact, {}), ensureArtifact(artifact, {})])
    expect(artifact.fetches()).toBe(1)
  })

  it('takes a folder that was never finished for nothing', async () => {
    const artifact = anArtifact()
    await mkdir(join(artifact.folder, 'lib'), { recursive: true })
    await writeFile(join(artifact.folder, 'lib', 'a.jar'), 'aaaa')

    expect(await isComplete(artifact)).toBe(false)
    await ensureArtifact(artifact, {})
    expect(await isComplete(artifact)).toBe(true)
  })

  it.each([
    ['is gone', (path: string) => rm(path)],
    ['was cut short', (path: string) => truncate(path, 2)],
  ])('fetches again when one of the files %s', async (_, damage) => {
    const artifact = anArtifact()
    await ensureArtifact(artifact, {})
    await damage(join(artifact.folder, 'lib', 'b.jar'))

    await ensureArtifact(artifact, {})
    expect(artifact.fetches()).toBe(2)
  })

  it('keeps nothing of a fetch that failed', async () => {
    const artifact = anArtifact({
      async fetch(folder) {
        await writeFile(join(folder, 'half'), 'h')
        throw new Error('the network went away')
      },
    })
    await expect(ensureArtifact(artifact, {})).rejects.toThrow('the network went away')
    expect(await readdir(cache)).toEqual([])
  })

  it('removes the drafts of processes that were killed while they fetched', async () => {
    await mkdir(join(cache, 'thing-1.0.tmp-abc'))
    await ensureArtifact(anArtifact(), {})
    expect(await readdir(cache)).toEqual(['thing-1.0'])
  })

  it('refuses a download that lacks what it is for', async () => {
    const artifact = anArtifact({ required: ['lib/a.jar', 'lib/c.jar'] })
    await expect(ensureArtifact(artifact, {})).rejects.toMatchObject({
      code: 'STACK_DOWNLOAD_FAILED',
      message: expect.stringContaining('lib/c.jar'),
    })
  })

  it('does not begin where the disk has no room', async () => {
    const artifact = anArtifact({ bytes: Number.MAX_SAFE_INTEGER })
    await expect(ensureArtifact(artifact, {})).rejects.toMatchObject({ code: 'STACK_DISK_LOW' })
    expect(artifact.fetches()).toBe(0)
  })
})
