import { createRequire } from 'node:module'
import { LocalStackError } from '../local-stack-error.ts'

/** Where the ClickHouse library comes as a package that its bindings accept. */
const supported: ReadonlySet<string> = new Set(['linux-x64', 'linux-arm64'])

/** What a platform is called in messages, and in the names of the library's packages. */
export function platformName(platform: string = process.platform, arch: string = process.arch): string {
  return `${platform}-${arch}`
}

/**
 * The file of the ClickHouse library, `libchdb.so`, of the optional npm package `chdb`.
 *
 * @throws LocalStackError `STACK_PLATFORM_UNSUPPORTED`, `STACK_CHDB_MISSING`
 */
export function findChdbLibrary(platform: string = platformName()): string {
  if (!supported.has(platform)) {
    throw new LocalStackError(
      `ClickHouse does not run as a local process on ${platform}; Kafka and the schema registry do`,
      {
        code: 'STACK_PLATFORM_UNSUPPORTED',
        remedy: 'start ClickHouse with Docker: `docker compose up --detach clickhouse`',
      },
    )
  }
  const require = createRequire(import.meta.url)
  try {
    // The library is a dependency of chdb, not ours: it is found from there.
    const fromChdb = createRequire(require.resolve('chdb'))
    return fromChdb.resolve(`@chdb/lib-${platform}-gnu/libchdb.so`)
  } catch (error) {
    throw new LocalStackError(`the ClickHouse library for ${platform} is not installed`, {
      code: 'STACK_CHDB_MISSING',
      remedy:
        'install the optional dependency `chdb` (it was left out, failed to download, or this system has no glibc), or use Docker',
      cause: error,
    })
  }
}
