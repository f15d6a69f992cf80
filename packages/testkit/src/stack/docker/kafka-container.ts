import type { StartedTestContainer } from 'testcontainers'
import { type StartedServer, startTimeoutMs, type Testcontainers, toStartedServer } from './started-server.ts'

const image = 'apache/kafka:4.3.1'
const clientPort = 9_092
const brokerPort = 9_093
const controllerPort = 9_094
const startScript = '/tmp/start-kafka.sh'

/** What the image turns into `server.properties`: one node, everything with one replica. */
const settings: Readonly<Record<string, string>> = {
  KAFKA_NODE_ID: '1',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_CONTROLLER_QUORUM_VOTERS: `1@localhost:${controllerPort}`,
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  // The broker also dials itself, to end transactions: on a listener that it reaches from inside the container.
  KAFKA_INTER_BROKER_LISTENER_NAME: 'BROKER',
  KAFKA_LISTENERS: `PLAINTEXT://:${clientPort},BROKER://:${brokerPort},CONTROLLER://:${controllerPort}`,
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
  KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
}

/** Kafka tells its clients which address to dial, and that one is only known once the container has its ports. */
async function startInside(container: StartedTestContainer, address: string): Promise<void> {
  const content = [
    '#!/bin/sh',
    `export KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://${address},BROKER://localhost:${brokerPort}`,
    'exec /etc/kafka/docker/run',
    '',
  ].join('\n')
  await container.copyContentToContainer([{ content, target: startScript, mode: 0o755 }])
}

/** One broker that is its own controller. */
export async function startKafkaContainer(testcontainers: Testcontainers): Promise<StartedServer> {
  const { GenericContainer, Wait } = testcontainers
  const container = await new GenericContainer(image)
    .withEnvironment(settings)
    .withExposedPorts(clientPort)
    .withEntrypoint(['sh', '-c'])
    .withCommand([`while [ ! -x ${startScript} ]; do sleep 0.1; done; exec ${startScript}`])
    .withWaitStrategy(Wait.forSuccessfulCommand('true'))
    .withStartupTimeout(startTimeoutMs)
    .start()
  const address = `${container.getHost()}:${container.getMappedPort(clientPort)}`
  try {
    await startInside(container, address)
    await untilStarted(testcontainers, container)
    return toStartedServer(container, address)
  } catch (error) {
    await container.stop()
    throw error
  }
}

async function untilStarted(testcontainers: Testcontainers, container: StartedTestContainer): Promise<void> {
  const { BoundPorts, getContainerRuntimeClient, Wait, waitForContainer } = testcontainers
  const client = await getContainerRuntimeClient()
  const strategy = Wait.forLogMessage(/Kafka Server started/).withStartupTimeout(startTimeoutMs)
  await waitForContainer(client, client.container.getById(container.getId()), strategy, new BoundPorts())
}
