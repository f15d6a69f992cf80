import { type StartedServer, startTimeoutMs, type Testcontainers, toStartedServer } from './started-server.ts'

const image = 'clickhouse/clickhouse-server:26.7'
const port = 8_123

/** ClickHouse with its user `default` and no password, as the local process has it. */
export async function startClickHouseContainer({ GenericContainer, Wait }: Testcontainers): Promise<StartedServer> {
  const container = await new GenericContainer(image)
    // Otherwise the image lets `default` in from inside the container only.
    .withEnvironment({ CLICKHOUSE_SKIP_USER_SETUP: '1' })
    .withExposedPorts(port)
    .withWaitStrategy(Wait.forHttp('/ping', port))
    .withStartupTimeout(startTimeoutMs)
    .start()
  return toStartedServer(container, `http://${container.getHost()}:${container.getMappedPort(port)}`)
}
