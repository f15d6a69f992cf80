import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LocalStackError } from '../local-stack-error.ts'
import { lastLines } from '../log-tail.ts'
import { runCommand } from '../run-command.ts'
import { type Artifact, ensureArtifact } from './artifact-cache.ts'
import { type MavenContext, mavenGoals, runMaven } from './maven.ts'

/** The Apicurio Registry this package starts. */
const registryVersion = '3.0.9'

const archive = `apicurio-registry-app-${registryVersion}-all.tar.gz`
const runner = `apicurio-registry-app-${registryVersion}-runner.jar`

interface FetchContext extends MavenContext {
  readonly progress?: ((line: string) => void) | undefined
}

/** The jar that runs the registry; its libraries lie beside it. Fetched the first time. */
export async function ensureRegistryApp(cacheRoot: string, context: FetchContext): Promise<string> {
  return join(await ensureArtifact(registryArtifact(cacheRoot, context), context), runner)
}

export function registryArtifact(cacheRoot: string, context: MavenContext): Artifact {
  return {
    name: `Apicurio Registry ${registryVersion}`,
    folder: join(cacheRoot, `apicurio-registry-${registryVersion}-1`),
    bytes: 600 * 1024 * 1024,
    required: [runner],
    async fetch(folder) {
      await runMaven(
        mavenGoals.copyOne,
        {
          artifact: `io.apicurio:apicurio-registry-app:${registryVersion}:tar.gz:all`,
          outputDirectory: folder,
        },
        folder,
        context,
      )
      await unpack(folder, context)
      await rm(join(folder, archive))
    },
  }
}

/** `tar` is part of Linux, macOS and Windows; Maven's own unpacking garbles this archive's long file names. */
async function unpack(folder: string, context: MavenContext): Promise<void> {
  const { exitCode, output } = await runCommand('tar', ['-xzf', archive], {
    env: context.environment,
    folder,
    signal: context.signal,
    timeoutMs: 5 * 60_000,
  })
  if (exitCode === 0) return
  throw new LocalStackError(`${archive} could not be unpacked`, {
    code: 'STACK_DOWNLOAD_FAILED',
    remedy: exitCode === undefined ? 'install tar' : 'check the disk, then start again; tar said:',
    details: lastLines(output, 5),
    retriable: exitCode !== undefined,
  })
}
