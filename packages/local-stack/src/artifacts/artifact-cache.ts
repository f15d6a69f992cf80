import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { requireFreeDisk } from '../free-disk.ts'
import { LocalStackError } from '../local-stack-error.ts'
import { withLock } from '../lock-file.ts'

/** One thing to be downloaded once and kept. */
export interface Artifact {
  /** As it reads in progress lines: `Kafka 4.3.1`. */
  readonly name: string
  /** Its folder in the cache; the version is part of the name. */
  readonly folder: string
  /** Free disk that fetching it takes. */
  readonly bytes: number
  /** Paths in the folder without which it is worth nothing. */
  readonly required: readonly string[]
  /** Puts everything into an empty folder. */
  readonly fetch: (folder: string) => Promise<void>
}

interface EnsureOptions {
  readonly progress?: ((line: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** Written last, so a folder without it was never finished. Maps each file to its size. */
const manifestName = 'ledgerbus-manifest.json'
const longestWaitMs = 15 * 60_000

/**
 * The artifact's folder, complete.
 *
 * It is filled under another name and then renamed, so it is there with everything or not at all, whenever the process is
 * killed. Processes that want the same artifact wait for the first one instead of fetching it as well.
 *
 * @throws LocalStackError `STACK_DISK_LOW`, `STACK_BUSY`, and what `fetch` throws
 */
export async function ensureArtifact(artifact: Artifact, options: EnsureOptions): Promise<string> {
  if (await isComplete(artifact)) return artifact.folder
  const wait = { timeoutMs: longestWaitMs, signal: options.signal }
  const onWait = (pid: number): void => options.progress?.(`waiting for process ${pid}, which fetches ${artifact.name}`)
  await withLock(`${artifact.folder}.lock`, { ...wait, onWait }, async () => {
    if (await isComplete(artifact)) return
    await requireFreeDisk(artifact.folder, artifact.bytes, `fetching ${artifact.name}`)
    await removeLeftovers(artifact.folder)
    options.progress?.(`fetching ${artifact.name} into ${artifact.folder} (first time only)`)
    const draft = await mkdtemp(`${artifact.folder}.tmp-`)
    try {
      await artifact.fetch(draft)
      await writeManifest(artifact, draft)
      // What stands there is not complete; a server that still runs from it keeps its open files.
      await rm(artifact.folder, { recursive: true, force: true })
      await rename(draft, artifact.folder)
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
    options.progress?.(`${artifact.name} is in the cache`)
  })
  return artifact.folder
}

/** Whether the folder was finished and every file still has the size it had then. */
export async function isComplete(artifact: Pick<Artifact, 'folder' | 'required'>): Promise<boolean> {
  const sizes = await readManifest(artifact.folder)
  if (sizes === undefined || artifact.required.some((path) => sizes[path] === undefined)) return false
  const checks = Object.entries(sizes).map(async ([path, size]) => (await sizeOf(join(artifact.folder, path))) === size)
  return (await Promise.all(checks)).every(Boolean)
}

async function writeManifest(artifact: Artifact, draft: string): Promise<void> {
  const entries = await readdir(draft, { recursive: true, withFileTypes: true })
  const sizes: Record<string, number> = {}
  for (const entry of entries.filter((found) => found.isFile())) {
    const path = join(entry.parentPath, entry.name)
    sizes[path.slice(draft.length + 1).replaceAll('\\', '/')] = (await stat(path)).size
  }
  const absent = artifact.required.filter((path) => !sizes[path])
  if (absent.length > 0) {
    throw new LocalStackError(`${artifact.name} came without ${absent.join(', ')}`, {
      code: 'STACK_DOWNLOAD_FAILED',
      remedy: 'check the repository that Maven uses, then start again',
      retriable: true,
    })
  }
  await writeFile(join(draft, manifestName), JSON.stringify(sizes))
}

async function readManifest(folder: string): Promise<Readonly<Record<string, number>> | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, manifestName), 'utf8')) as Record<string, number>
  } catch (error) {
    // Absent or torn: either way it does not prove anything.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return await stat(path).then(
    (found) => found.size,
    () => undefined,
  )
}

/** Drafts of processes that were killed while they fetched; under the lock nobody is filling one. */
async function removeLeftovers(folder: string): Promise<void> {
  const parent = dirname(folder)
  await mkdir(parent, { recursive: true })
  const drafts = (await readdir(parent)).filter((name) => name.startsWith(`${basename(folder)}.tmp-`))
  await Promise.all(drafts.map((name) => rm(join(parent, name), { recursive: true, force: true })))
}
