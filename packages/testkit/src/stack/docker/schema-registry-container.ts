import { type StartedServer, startTimeoutMs, type Testcontainers, toStartedServer } from './started-server.ts'

const image = 'apicurio/apicurio-registry:3.0.9'
const port = 8_080
const path = '/apis/ccompat/v7'

/** Apicurio Registry, with its state in memory. */
export async function startSchemaRegistryContainer({ GenericContainer, Wait }: Testcontainers): Promise<StartedServer> {
  const container = await new GenericContainer(image)
    .withExposedPorts(port)
    .withWaitStrategy(Wait.forHttp(`${path}/subjects`, port))
    .withStartupTimeout(startTimeoutMs)
    .start()
  return toStartedServer(container, `http://${container.getHost()}:${container.getMappedPort(port)}${path}`)
}
