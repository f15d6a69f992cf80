import { createReadStream } from 'node:fs'
import { type FileHandle, link, mkdir, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AuditLogError } from '../audit-log-error.ts'
import type { SealDraft, SealStore } from './seal-store.ts'

const sealName = /^(\d{6,})\.seal\.json$/

/**
 * Seals as files of a folder: `000001.seal.json`, and beside it `000001-<hash>.index`. A file appears under its name only when it is whole and on the
 * disk; a seal that is there is never written again, so of two that seal at once one is refused. A process killed while it seals leaves a folder `.draft-...`, which may be
 * deleted.
 *
 * @param folder is made with the first seal
 */
export function createSealFolder(folder: string): SealStore {
  return {
    async *seals({ signal } = {}) {
      for (const { number, name } of await sealFiles(folder)) {
        signal?.throwIfAborted()
        const text = await readFile(join(folder, name), 'utf8').catch((error: unknown) => {
          throw storeError(`${name} cannot be read`, error)
        })
        yield { number, text }
      }
    },
    async *index({ number, index }, range) {
      const path = join(folder, indexName(number, index))
      if (range?.bytes === 0) return
      const ends = range === undefined ? {} : { start: range.start, end: range.start + range.bytes - 1 }
      try {
        for await (const chunk of createReadStream(path, ends)) yield chunk as Uint8Array
      } catch (error) {
        // An index that is not there is not whole; the check of its hash says so.
        if (codeOf(error) !== 'ENOENT') throw storeError(`the index of seal ${number} cannot be read`, error)
      }
    },
    async draft(number) {
      try {
        await mkdir(folder, { recursive: true })
        return await createDraft(folder, number)
      } catch (error) {
        throw storeError(`nothing can be written to ${folder}`, error)
      }
    },
  }
}

async function sealFiles(folder: string): Promise<readonly { readonly number: number; readonly name: string }[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw storeError(`${folder} cannot be read`, error)
  })
  return names
    .flatMap((name) => {
      const number = sealName.exec(name)?.[1]
      return number === undefined ? [] : [{ number: Number(number), name }]
    })
    .toSorted((left, right) => left.number - right.number)
}

async function createDraft(folder: string, number: number): Promise<SealDraft> {
  // A place of its own for each draft, in the same file system; what a killed process leaves there is nobody's.
  const place = await mkdtemp(join(folder, '.draft-'))
  const [indexPath, sealPath] = [join(place, 'index'), join(place, 'seal')]
  const file = await open(indexPath, 'w')
  let isOpen = true

  async function discard(): Promise<void> {
    if (isOpen) await file.close()
    isOpen = false
    await rm(place, { force: true, recursive: true })
  }

  return {
    async append(bytes) {
      try {
        // A write may take a part of it.
        for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
      } catch (error) {
        throw storeError(`the index of seal ${number} cannot be written`, error)
      }
    },
    async commit({ text, index }) {
      try {
        await file.sync()
        await file.close()
        isOpen = false
        await rename(indexPath, join(folder, indexName(number, index)))
        await withFile(sealPath, async (seal) => {
          await seal.writeFile(text)
          await seal.sync()
        })
        // A link fails where the name is taken; a rename would put this seal in the place of another.
        await link(sealPath, join(folder, `${padded(number)}.seal.json`))
        await syncFolder(folder)
      } catch (error) {
        const why = codeOf(error) === 'EEXIST' ? 'another one was faster' : 'it cannot be written'
        throw storeError(`seal ${number}: ${why}`, error)
      }
    },
    discard,
  }
}

async function withFile(path: string, action: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'w')
  try {
    await action(file)
  } finally {
    await file.close()
  }
}

/** A name is on the disk when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function padded(number: number): string {
  return String(number).padStart(6, '0')
}

function indexName(number: number, index: string): string {
  return `${padded(number)}-${index.replaceAll(/[^0-9a-f]/g, '').slice(0, 16)}.index`
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

function storeError(what: string, cause: unknown): AuditLogError {
  const code = codeOf(cause)
  return new AuditLogError(`seals: ${what}${code === undefined ? '' : ` (${code})`}`, {
    code: 'AUDIT_SEAL_STORE_FAILED',
    cause,
  })
}
