import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LocalStackError } from './local-stack-error.ts'

const mebibyte = 1024 * 1024

/** Bytes that this user may still write in the file system of `folder` or, while it does not exist, of its parent. */
export async function freeBytes(folder: string): Promise<number> {
  for (let current = folder; ; current = dirname(current)) {
    try {
      const { bavail, bsize } = await statfs(current)
      return bavail * bsize
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(current) === current) throw error
    }
  }
}

/** @throws LocalStackError `STACK_DISK_LOW` when less than `bytes` are free where `folder` is or will be */
export async function requireFreeDisk(folder: string, bytes: number, purpose: string): Promise<void> {
  const free = await freeBytes(folder)
  if (free >= bytes) return
  throw new LocalStackError(
    `${purpose} needs ${inMebibytes(bytes)} of disk in ${folder}, and ${inMebibytes(free)} are free`,
    { code: 'STACK_DISK_LOW', remedy: 'free some space, or name another folder' },
  )
}

function inMebibytes(bytes: number): string {
  return `${Math.floor(bytes / mebibyte)} MiB`
}
