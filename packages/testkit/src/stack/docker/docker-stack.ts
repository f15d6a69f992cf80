import type { RunningServers, StackProvider } from '../stack-provider.ts'
import { startClickHouseContainer } from './clickhouse-container.ts'
import { startKafkaContainer } from './kafka-container.ts'
import { startSchemaRegistryContainer } from './schema-registry-container.ts'
import type { StartedServer, Testcontainers } from './started-server.ts'

function isMissingModule(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}

/** testcontainers is an optional peer and slow to load: only who comes this way needs it. */
async function loadTestcontainers(): Promise<Testcontainers | undefined> {
  try {
    return await import('testcontainers')
  } catch (error) {
    if (isMissingModule(error)) return undefined
    throw error
  }
}

/** All at once; when one fails, the others are stopped and its error is thrown. */
async function startAll(starts: readonly Promise<StartedServer>[]): Promise<readonly StartedServer[]> {
  const results = await Promise.allSettled(starts)
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failure = results.find((result) => result.status === 'rejected')
  if (failure === undefined) return started
  await Promise.all(started.map((server) => server.stop()))
  throw failure.reason
}

async function startContainers(
  testcontainers: Testcontainers,
  signal: AbortSignal | undefined,
): Promise<RunningServers> {
  const servers = await startAll([
    startKafkaContainer(testcontainers),
    startClickHouseContainer(testcontainers),
    startSchemaRegistryContainer(testcontainers),
  ])
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()))
  }
  // testcontainers cannot be interrupted: an abort takes effect once the containers are there.
  if (signal?.aborted === true) {
    await stop()
    throw signal.reason
  }
  const [kafka, clickhouse, schemaRegistry] = servers as readonly [StartedServer, StartedServer, StartedServer]
  return {
    addresses: {
      kafkaBrokers: [kafka.address],
      clickhouseUrl: clickhouse.address,
      schemaRegistryUrl: schemaRegistry.address,
    },
    stop,
  }
}

/** Containers of the official images, through testcontainers. */
export function createDockerStack(): StackProvider {
  return {
    kind: 'docker',
    title: 'Docker containers',
    async obstacle() {
      const testcontainers = await loadTestcontainers()
      if (testcontainers === undefined) return 'the package testcontainers is not installed'
      try {
        await testcontainers.getContainerRuntimeClient()
        return undefined
      } catch {
        // Its message says no more than this.
        return 'no engine answers'
      }
    },
    async start({ signal }) {
      return startContainers(await import('testcontainers'), signal)
    },
  }
}
