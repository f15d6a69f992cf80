import type { Environment } from '../environment.ts'
import { LocalStackError } from '../local-stack-error.ts'
import { lastLines } from '../log-tail.ts'
import { runCommand } from '../run-command.ts'

/** What a Maven run needs to know about its surroundings. */
export interface MavenContext {
  readonly environment: Environment
  readonly signal?: AbortSignal | undefined
}

/** The plugin is named with its version: without one, Maven takes a version that depends on the machine. */
export const mavenGoals = {
  copyDependencies: 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
  /** Newer ones insist on the artifact's parent, which is not published for the registry; this one copies the file. */
  copyOne: 'org.apache.maven.plugins:maven-dependency-plugin:2.8:copy',
} as const

const longestDownloadMs = 15 * 60_000

/**
 * Runs one Maven goal, quietly, refusing files whose checksum is wrong. Where Maven fetches from is the user's affair: its
 * own settings say.
 *
 * @throws LocalStackError `STACK_MAVEN_MISSING`, `STACK_DOWNLOAD_FAILED`
 */
export async function runMaven(
  goal: string,
  properties: Readonly<Record<string, string>>,
  folder: string,
  context: MavenContext,
): Promise<void> {
  const { exitCode, output } = await runCommand(
    'mvn',
    [
      '--quiet',
      '--batch-mode',
      '--strict-checksums',
      goal,
      ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
    ],
    { env: context.environment, folder, signal: context.signal, timeoutMs: longestDownloadMs },
  )
  if (exitCode === undefined) throw mavenMissing()
  if (exitCode !== 0) {
    throw new LocalStackError(`Maven could not fetch what is needed (exit code ${exitCode})`, {
      code: 'STACK_DOWNLOAD_FAILED',
      remedy: 'check the network and the settings of Maven, then start again; it said:',
      details: lastLines(output, 12),
      retriable: true,
    })
  }
}

/** Maven's version. @throws LocalStackError `STACK_MAVEN_MISSING` */
export async function findMaven(context: MavenContext): Promise<string> {
  const { exitCode, output } = await runCommand('mvn', ['--version', '--batch-mode'], {
    env: context.environment,
    signal: context.signal,
    timeoutMs: 20_000,
  })
  if (exitCode !== 0) throw mavenMissing()
  return /Apache Maven (\S+)/.exec(output)?.[1] ?? 'of unknown version'
}

function mavenMissing(): LocalStackError {
  return new LocalStackError('the first start fetches Kafka and the schema registry with Maven, and there is none', {
    code: 'STACK_MAVEN_MISSING',
    remedy: 'install Maven (Debian: apt install maven); once the files are in the cache it is not needed any more',
  })
}
