import { tmpdir } from 'node:os'
import { isComplete } from './artifacts/artifact-cache.ts'
import { kafkaArtifact } from './artifacts/kafka-jars.ts'
import { findMaven } from './artifacts/maven.ts'
import { registryArtifact } from './artifacts/registry-app.ts'
import { findChdbLibrary, platformName } from './clickhouse/chdb-library.ts'
import { cacheFolder, type Environment, processEnvironment } from './environment.ts'
import { requireFreeDisk } from './free-disk.ts'
import { findJava } from './java.ts'
import { LocalStackError, type LocalStackErrorCode } from './local-stack-error.ts'

/** The servers of this package. */
export type LocalServerName = 'kafka' | 'clickhouse' | 'schemaRegistry'

/** Something that a start would fail on. */
export interface LocalStackProblem {
  readonly code: LocalStackErrorCode
  /** What is missing and what to do about it. */
  readonly message: string
  readonly remedy: string
  /** The servers that do not start because of it. */
  readonly servers: readonly LocalServerName[]
}

/** What was found on this machine. */
export interface LocalStackCheck {
  /** Operating system and processor: `linux-x64`. */
  readonly platform: string
  /** Version of the Java that would be used; absent when there is none. */
  readonly java?: string
  /** Version of Maven; absent when there is none, or when nothing is left to fetch with it. */
  readonly maven?: string
  /** Whether everything that comes from the network is in the cache already. */
  readonly downloaded: boolean
  /** Empty when all servers can be started. */
  readonly problems: readonly LocalStackProblem[]
  /** The servers that no problem keeps from starting. */
  readonly startable: readonly LocalServerName[]
}

/** Options of `checkLocalStack`. */
export interface CheckOptions {
  /** As for the starts. @default `ledgerbus` under `XDG_CACHE_HOME` or `~/.cache` */
  readonly cacheDir?: string
  /** As for the starts. @default this process's environment */
  readonly environment?: Environment
  readonly signal?: AbortSignal
}

const allServers = ['kafka', 'clickhouse', 'schemaRegistry'] as const
const javaServers = ['kafka', 'schemaRegistry'] as const
const leastDiskBytes = 1024 * 1024 * 1024

/** Looks for everything the starts need, without starting or fetching anything. Finds all problems, not only the first. */
export async function checkLocalStack(options: CheckOptions = {}): Promise<LocalStackCheck> {
  const environment = options.environment ?? processEnvironment()
  const context = { environment, signal: options.signal }
  const cache = cacheFolder(environment, options.cacheDir)
  const problems: LocalStackProblem[] = []

  /** Runs one look; what it throws on purpose is a problem of these servers. */
  async function look<Found>(
    servers: readonly LocalServerName[],
    find: () => Promise<Found> | Found,
  ): Promise<Found | undefined> {
    try {
      return await find()
    } catch (error) {
      if (!(error instanceof LocalStackError)) throw error
      problems.push({ code: error.code, message: error.message, remedy: error.remedy, servers })
      return undefined
    }
  }

  const absent = await absentDownloads(cache, context)
  const java = await look(javaServers, () => findJava(environment, options.signal))
  const maven = absent.length === 0 ? undefined : await look(absent, () => findMaven(context))
  await look(['clickhouse'], () => findChdbLibrary())
  await look(allServers, () => requireFreeDisk(tmpdir(), leastDiskBytes, 'the local stack'))
  if (absent.length > 0) await look(absent, () => requireFreeDisk(cache, leastDiskBytes, 'the download'))

  return {
    platform: platformName(),
    ...(java && { java: java.version }),
    ...(maven !== undefined && { maven }),
    downloaded: absent.length === 0,
    problems,
    startable: allServers.filter((server) => problems.every(({ servers }) => !servers.includes(server))),
  }
}

async function absentDownloads(
  cache: string,
  context: { readonly environment: Environment; readonly signal: AbortSignal | undefined },
): Promise<readonly LocalServerName[]> {
  const [kafka, schemaRegistry] = await Promise.all([
    isComplete(kafkaArtifact(cache, context)),
    isComplete(registryArtifact(cache, context)),
  ])
  return javaServers.filter((server) => !{ kafka, schemaRegistry }[server])
}
