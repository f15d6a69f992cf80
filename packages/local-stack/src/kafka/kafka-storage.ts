import { randomBytes } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../environment.ts'
import type { Java } from '../java.ts'
import { LocalStackError } from '../local-stack-error.ts'
import { lastLines } from '../log-tail.ts'
import { runCommand } from '../run-command.ts'

/** What a data folder is: it stays so for its life. */
export interface ClusterIdentity {
  readonly clusterId: string
  readonly brokers: number
}

/**
 * The identity of the cluster in a data folder, a new one where there is none.
 *
 * @throws LocalStackError `STACK_OPTIONS_INVALID` when the folder belongs to a cluster of another size
 */
export async function clusterIdentity(folder: string, brokers: number): Promise<ClusterIdentity> {
  const file = join(folder, 'cluster.json')
  const found = await readFile(file, 'utf8').catch(absent)
  if (found === undefined) {
    const identity = { clusterId: newClusterId(), brokers }
    await writeFile(`${file}.new`, JSON.stringify(identity))
    await rename(`${file}.new`, file)
    return identity
  }
  const identity = JSON.parse(found) as ClusterIdentity
  if (identity.brokers === brokers) return identity
  throw new LocalStackError(`${folder} holds a cluster of ${identity.brokers} brokers, not of ${brokers}`, {
    code: 'STACK_OPTIONS_INVALID',
    remedy: 'ask for as many brokers, or name another data folder',
  })
}

/** Where to format, and with what. */
export interface FormatPlan {
  readonly java: Java
  readonly jars: string
  readonly clusterId: string
  readonly dataFolder: string
  readonly propertiesFile: string
  readonly environment: Environment
  readonly signal: AbortSignal
}

/** Formats a broker's data folder unless that was finished before; half a format is begun again. */
export async function formatStorage(plan: FormatPlan): Promise<void> {
  const marker = `${plan.dataFolder}.formatted`
  if ((await readFile(marker, 'utf8').catch(absent)) !== undefined) return
  await rm(plan.dataFolder, { recursive: true, force: true })
  const { exitCode, output } = await runCommand(
    plan.java.command,
    [
      '-Xmx128m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-cp',
      join(plan.jars, '*'),
      'kafka.tools.StorageTool',
      'format',
      '--cluster-id',
      plan.clusterId,
      '--config',
      plan.propertiesFile,
    ],
    { env: plan.environment, signal: plan.signal, timeoutMs: 60_000 },
  )
  if (exitCode !== 0) {
    throw new LocalStackError(`the data folder ${plan.dataFolder} could not be formatted`, {
      code: 'STACK_SERVER_DIED',
      remedy: 'check the settings given; Kafka said:',
      details: lastLines(output, 10),
    })
  }
  await writeFile(marker, plan.clusterId)
}

/** 16 random bytes; not with a leading dash, which Kafka's tool would take for an option. */
function newClusterId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? newClusterId() : id
}

function absent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  return undefined
}
