import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { temporaryLogFolder } from './environment.ts'
import type { HowToStop } from './process/server-process.ts'

/** Where one start keeps its data and logs. */
export interface WorkFolder {
  readonly path: string
  /**
   * Data that goes away needs no orderly end. It would also cost time: a cluster that ends as a whole loses its quorum on the
   * way, and the active controller waits 5 s for it.
   */
  readonly howToStop: HowToStop
  /** For the supervisors: what to remove when this process is gone. */
  readonly removeWhenAbandoned: readonly string[]
  /** The log file of one process; an older one of that name is kept as `….previous.log`. */
  logFile(name: string): Promise<string>
  /** Removes the data if it was temporary. Logs stay. */
  remove(): Promise<void>
}

const weekMs = 7 * 24 * 60 * 60 * 1000

/** @param kind names the temporary folder */
export async function createWorkFolder(
  kind: string,
  options: { readonly dataDir?: string | undefined; readonly logDir?: string | undefined },
): Promise<WorkFolder> {
  if (options.dataDir !== undefined) {
    const path = resolve(options.dataDir)
    await mkdir(path, { recursive: true })
    const logs = options.logDir ?? join(path, 'logs')
    return {
      path,
      howToStop: 'orderly',
      removeWhenAbandoned: [],
      logFile: (name) => newLog(logs, name),
      remove: async () => undefined,
    }
  }
  const path = await mkdtemp(join(tmpdir(), `ledgerbus-${kind}-`))
  const logs = options.logDir ?? temporaryLogFolder()
  if (options.logDir === undefined) await removeOldLogs(logs)
  const suffix = path.slice(-6)
  return {
    path,
    howToStop: 'at once',
    removeWhenAbandoned: [path],
    logFile: (name) => newLog(logs, `${name}-${suffix}`),
    remove: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  }
}

async function newLog(folder: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const file = join(resolve(folder), `${name}.log`)
  await rename(file, join(resolve(folder), `${name}.previous.log`)).catch(ignoreAbsent)
  return file
}

/** Logs of temporary servers outlive them, for a week. */
async function removeOldLogs(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const oldest = Date.now() - weekMs
  await Promise.all(
    names.map(async (name) => {
      const file = join(folder, name)
      const found = await stat(file).catch(ignoreAbsent)
      if (found && found.mtimeMs < oldest) await rm(file, { force: true })
    }),
  )
}

function ignoreAbsent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  return undefined
}
