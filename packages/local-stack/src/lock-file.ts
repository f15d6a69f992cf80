import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LocalStackError } from './local-stack-error.ts'
import { identifyProcess, isRunning, type ProcessIdentity } from './process/process-identity.ts'
import { waitUntil } from './wait-until.ts'

interface LockOptions {
  /** Longest wait for the holder, in milliseconds. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Called once when somebody else holds the lock. */
  readonly onWait?: (holderPid: number) => void
}

interface LockContent extends ProcessIdentity {
  /** Different for each time the lock is taken, so that one process does not release another's. */
  readonly token: string
}

/**
 * Runs `action` while no other process on this machine runs one under the same lock file.
 *
 * The file names the process that holds it; one that died without releasing it is recognised and its lock taken over.
 *
 * @throws LocalStackError `STACK_BUSY` when the holder does not let go in time
 */
export async function withLock<Result>(
  lockFile: string,
  options: LockOptions,
  action: () => Promise<Result>,
): Promise<Result> {
  await mkdir(dirname(lockFile), { recursive: true })
  const identity = await identifyProcess(process.pid)
  const mine: LockContent = { pid: process.pid, startedAt: identity?.startedAt ?? '', token: randomUUID() }
  let told = false
  const missing = await waitUntil(
    async () => {
      const holder = await takeOrRead(lockFile, mine)
      if (holder === undefined) return undefined
      if (!told) options.onWait?.(holder.pid)
      told = true
      return `process ${holder.pid} holds it`
    },
    { timeoutMs: options.timeoutMs, intervalMs: 100, signal: options.signal },
  )
  if (missing !== undefined) {
    throw new LocalStackError(`the lock ${lockFile} was not released within ${options.timeoutMs} ms: ${missing}`, {
      code: 'STACK_BUSY',
      remedy: 'wait for that process to finish, or end it',
      retriable: true,
    })
  }
  try {
    return await action()
  } finally {
    await rm(lockFile, { force: true })
  }
}

/** Takes the lock, or tells who holds it. */
async function takeOrRead(lockFile: string, mine: LockContent): Promise<LockContent | undefined> {
  const holder = await readLock(lockFile)
  if (holder !== undefined) {
    if (await isRunning(holder)) return holder
    await removeStale(lockFile, holder)
  }
  return (await linkInPlace(lockFile, mine)) ? undefined : await readLock(lockFile)
}

/** A link appears with its content or not at all: nobody ever reads half a lock. */
async function linkInPlace(lockFile: string, mine: LockContent): Promise<boolean> {
  const draft = `${lockFile}.${mine.token}`
  await writeFile(draft, JSON.stringify(mine))
  try {
    await link(draft, lockFile)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/** Two processes may find the same stale lock; the slower one must not remove the lock that the faster one took since. */
async function removeStale(lockFile: string, stale: LockContent): Promise<void> {
  const aside = `${lockFile}.${randomUUID()}`
  try {
    await rename(lockFile, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const moved = await readLock(aside)
  if (moved !== undefined && moved.token !== stale.token) await link(aside, lockFile).catch(() => undefined)
  await rm(aside, { force: true })
}

async function readLock(lockFile: string): Promise<LockContent | undefined> {
  try {
    return JSON.parse(await readFile(lockFile, 'utf8')) as LockContent
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new LocalStackError(`the lock ${lockFile} cannot be read`, {
      code: 'STACK_BUSY',
      remedy: 'remove it when no other process uses it',
      cause: error,
    })
  }
}
