import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureRegistryApp } from '../artifacts/registry-app.ts'
import { cacheFolder, type Environment, processEnvironment } from '../environment.ts'
import { requireFreeDisk } from '../free-disk.ts'
import { choosePorts, retryTakenPorts } from '../free-ports.ts'
import { findJava, type Java } from '../java.ts'
import { createServerHandle, type ServerHandle } from '../process/server-handle.ts'
import { createServerProcess } from '../process/server-process.ts'
import { defaultStartTimeoutMs, defaultStopTimeoutMs, type ServerOptions } from '../server-options.ts'
import { createWorkFolder, type WorkFolder } from '../work-folder.ts'
import { schemaRegistryMissing } from './registry-readiness.ts'

const leastDiskBytes = 256 * 1024 * 1024

/** Options of `startSchemaRegistry`. */
export interface SchemaRegistryOptions extends ServerOptions {
  /** Largest heap in MiB. @default 256 */
  readonly heapMb?: number
  /** Port for HTTP, used if it is free. @default a free one */
  readonly preferredPort?: number
}

/** A running schema registry. */
export interface LocalSchemaRegistry extends ServerHandle {
  /** The address for clients of Confluent's API. */
  readonly url: string
  readonly dataDir: string
  /** Ends the server, orderly, then by force; removes temporary data. Calling it again waits for the same end. */
  stop(): Promise<void>
}

/** What all tries of one start share. */
interface Launch {
  readonly options: SchemaRegistryOptions
  readonly environment: Environment
  readonly java: Java
  readonly app: string
  readonly work: WorkFolder
}

/**
 * Starts Apicurio Registry as a local process, on a free port of 127.0.0.1; resolves when its Confluent API answers.
 *
 * Schemas are kept in a file, also through `SIGKILL`: ids that records carry stay valid as long as the data folder does.
 * Compatibility is not checked unless a subject or the whole registry is told to. Whatever happens to this process, the
 * registry ends with it. Needs Java 17, and Maven and the network the first time.
 *
 * @throws LocalStackError `STACK_JAVA_MISSING`, `STACK_JAVA_TOO_OLD`, `STACK_MAVEN_MISSING`, `STACK_DOWNLOAD_FAILED`,
 *   `STACK_DISK_LOW`, `STACK_PORT_TAKEN`, `STACK_SERVER_DIED`, `STACK_NOT_READY`
 */
export async function startSchemaRegistry(options: SchemaRegistryOptions = {}): Promise<LocalSchemaRegistry> {
  const environment = options.environment ?? processEnvironment()
  const context = { environment, signal: options.signal, progress: options.progress }
  const java = await findJava(environment, options.signal)
  const app = await ensureRegistryApp(cacheFolder(environment, options.cacheDir), context)
  await requireFreeDisk(options.dataDir ?? tmpdir(), leastDiskBytes, 'the schema registry')
  const work = await createWorkFolder('schema-registry', options)
  try {
    await mkdir(join(work.path, 'data'), { recursive: true })
    const launch = { options, environment, java, app, work }
    const { preferredPort } = options
    return await retryTakenPorts((attempt) => launchServer(launch, attempt === 1 ? preferredPort : undefined))
  } catch (error) {
    await work.remove()
    throw error
  }
}

async function launchServer(launch: Launch, preferredPort: number | undefined): Promise<LocalSchemaRegistry> {
  const { options, work } = launch
  const [port] = (await choosePorts(1, preferredPort === undefined ? [] : [preferredPort])) as [number]
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
  const server = createServerProcess({
    name: 'schema registry',
    command: launch.java.command,
    args: javaArguments(launch, port),
    env: launch.environment,
    folder: work.path,
    logFile: await work.logFile('schema-registry'),
    removeWhenAbandoned: work.removeWhenAbandoned,
    startTimeoutMs: options.startTimeoutMs ?? defaultStartTimeoutMs,
    stopTimeoutMs: options.stopTimeoutMs ?? defaultStopTimeoutMs,
    missing: (signal) => schemaRegistryMissing(url, signal),
    logger: options.logger,
  })
  await server.start(options.signal)
  options.logger?.info({ url, pid: server.pid }, 'schema registry is ready')
  const handle = createServerHandle(server, work.howToStop, () => work.remove())
  return Object.assign(handle, { url, dataDir: work.path })
}

function javaArguments(launch: Launch, port: number): readonly string[] {
  const database = join(launch.work.path, 'data', 'registry')
  return [
    `-Xmx${launch.options.heapMb ?? 256}m`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Dquarkus.http.host=127.0.0.1',
    `-Dquarkus.http.port=${port}`,
    // Without the delay of H2's own default, half a second, an acknowledged schema survives a crash.
    `-Dapicurio.datasource.url=jdbc:h2:file:${database};WRITE_DELAY=0`,
    '-jar',
    launch.app,
  ]
}
