import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSealFolder } from './seal-folder.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seals-'))
})
afterEach(() => rm(folder, { recursive: true }))

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

async function writeSeal(number: number, text: string, ...parts: string[]): Promise<string> {
  const draft = await createSealFolder(folder).draft(number)
  for (const part of parts) await draft.append(bytes(part))
  const index = `${number}abcdef0123456789`
  await draft.commit({ text, index })
  await draft.discard()
  return index
}

async function textsOf(): Promise<[number, string][]> {
  const texts: [number, string][] = []
  for await (const { number, text } of createSealFolder(folder).seals()) texts.push([number, text])
  return texts
}

async function indexOf(number: number, index: string, range?: { start: number; bytes: number }): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of createSealFolder(folder).index({ number, index }, range)) parts.push(part)
  return Buffer.concat(parts).toString()
}

describe('seals in a folder', () => {
  it('come back in the order of their numbers, with their indexes whole or in part', async () => {
    const index = await writeSeal(2, 'second', 'one', 'two', 'three')
    await writeSeal(1, 'first')
    await writeSeal(10, 'tenth')
    expect(await textsOf()).toEqual([
      [1, 'first'],
      [2, 'second'],
      [10, 'tenth'],
    ])
    expect(await indexOf(2, index)).toBe('onetwothree')
    expect(await indexOf(2, index, { start: 3, bytes: 3 })).toBe('two')
    expect(await indexOf(2, index, { start: 3, bytes: 0 })).toBe('')
    expect(await indexOf(2, 'another')).toBe('')
  })

  it('are none where the folder is not there yet, and the first one makes it', async () => {
    folder = join(folder, 'deep', 'er')
    expect(await textsOf()).toEqual([])
    await writeSeal(1, 'first')
    expect(await textsOf()).toEqual([[1, 'first']])
  })

  it('appear whole or not at all: what was begun and never ended is no seal', async () => {
    await writeSeal(1, 'first')
    const draft = await createSealFolder(folder).draft(2)
    await draft.append(bytes('half'))
    expect(await textsOf()).toEqual([[1, 'first']])
    // The process dies here; the next one begins anew.
    await writeSeal(2, 'second', 'whole')
    expect(await textsOf()).toEqual([
      [1, 'first'],
      [2, 'second'],
    ])
    await draft.discard()
  })

  it('leave nothing behind of a draft that was discarded', async () => {
    const draft = await createSealFolder(folder).draft(1)
    await draft.append(bytes('x'))
    await draft.discard()
    await draft.discard()
    expect(await readdir(folder)).toEqual([])
  })

  it('are written once: a second one of the number is refused, and the first one stays', async () => {
    const index = await writeSeal(1, 'first', 'index')
    const draft = await createSealFolder(folder).draft(1)
    await expect(draft.commit({ text: 'another', index: 'fedcba' })).rejects.toMatchObject({
      code: 'AUDIT_SEAL_STORE_FAILED',
      message: expect.stringContaining('faster') as unknown,
    })
    await draft.discard()
    expect(await textsOf()).toEqual([[1, 'first']])
    expect(await indexOf(1, index)).toBe('index')
  })

  it('say what is wrong where nothing can be written or read', async () => {
    const file = join(folder, 'a-file')
    await writeFile(file, '')
    await expect(createSealFolder(file).draft(1)).rejects.toMatchObject({ code: 'AUDIT_SEAL_STORE_FAILED' })
    const reading = (async () => {
      for await (const _ of createSealFolder(file).seals()) throw new Error('there is none')
    })()
    await expect(reading).rejects.toMatchObject({ code: 'AUDIT_SEAL_STORE_FAILED' })
  })
})
