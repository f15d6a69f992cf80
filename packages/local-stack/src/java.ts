import { join } from 'node:path'
import type { Environment } from './environment.ts'
import { LocalStackError } from './local-stack-error.ts'
import { runCommand } from './run-command.ts'

/** What Kafka 4 and the schema registry are compiled for. */
const oldestJava = 17

/** A Java that can run the servers. */
export interface Java {
  readonly command: string
  readonly version: string
}

const installJava = `install Java ${oldestJava} or newer (Debian: apt install openjdk-17-jre-headless) and put it on the PATH or in JAVA_HOME`

/**
 * The Java of `JAVA_HOME`, or the one on the `PATH`.
 *
 * @throws LocalStackError `STACK_JAVA_MISSING`, `STACK_JAVA_TOO_OLD`
 */
export async function findJava(environment: Environment, signal?: AbortSignal): Promise<Java> {
  const home = environment['JAVA_HOME']
  const command = home ? join(home, 'bin', 'java') : 'java'
  const { exitCode, output } = await runCommand(command, ['-version'], { env: environment, timeoutMs: 20_000, signal })
  if (exitCode !== 0) {
    // macOS has a `java` that only says where to get one.
    const where = home ? `JAVA_HOME (${home}) has no Java that runs` : 'there is no Java on the PATH'
    throw new LocalStackError(`Kafka and the schema registry need Java, and ${where}`, {
      code: 'STACK_JAVA_MISSING',
      remedy: installJava,
    })
  }
  const version = parseJavaVersion(output)
  if (version === undefined || majorOf(version) < oldestJava) {
    throw new LocalStackError(`Java ${version ?? 'of unknown version'} (${command}) is too old for Kafka 4`, {
      code: 'STACK_JAVA_TOO_OLD',
      remedy: installJava,
    })
  }
  return { command, version }
}

/** The version in what `java -version` prints: `17.0.15`, `1.8.0_392`, `21-ea`. */
export function parseJavaVersion(output: string): string | undefined {
  return /version "([^"]+)"/.exec(output)?.[1]
}

/** 17 of `17.0.15`, 8 of `1.8.0_392`: until Java 8 the major number was the second. */
export function majorOf(version: string): number {
  const [first = 0, second = 0] = version.split(/[._+-]/).map(Number)
  return first === 1 ? second : first
}
