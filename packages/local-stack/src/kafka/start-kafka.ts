import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureKafkaJars } from '../artifacts/kafka-jars.ts'
import { cacheFolder, type Environment, processEnvironment } from '../environment.ts'
import { requireFreeDisk } from '../free-disk.ts'
import { choosePorts, retryTakenPorts } from '../free-ports.ts'
import { findJava, type Java } from '../java.ts'
import { LocalStackError } from '../local-stack-error.ts'
import { createServerHandle, type OwnedServerHandle } from '../process/server-handle.ts'
import { createServerProcess } from '../process/server-process.ts'
import { defaultStartTimeoutMs, defaultStopTimeoutMs } from '../server-options.ts'
import { startTogether } from '../start-together.ts'
import { waitUntil } from '../wait-until.ts'
import { createWorkFolder, type WorkFolder } from '../work-folder.ts'
import { type BrokerPorts, brokerSettings, checkSettings, log4jSettings, toProperties } from './broker-settings.ts'
import type { KafkaBrokerHandle, KafkaOptions, LocalKafka } from './kafka-options.ts'
import { brokerMissing, type BrokerNode, clusterMissing } from './kafka-readiness.ts'
import { type ClusterIdentity, clusterIdentity, formatStorage } from './kafka-storage.ts'

const leastDiskBytes = 512 * 1024 * 1024

/** What all brokers of one start share. */
interface Launch {
  readonly options: KafkaOptions
  readonly environment: Environment
  readonly java: Java
  readonly jars: string
  readonly work: WorkFolder
  readonly identity: ClusterIdentity
}

/**
 * Starts Apache Kafka (KRaft) as local processes, one or three brokers, on free ports of 127.0.0.1.
 *
 * Resolves when a client's first request succeeds: the brokers are in the cluster, group and transaction coordinators are
 * loaded, producer ids are handed out. Topics are not created on the fly. Whatever happens to this process, the
 * brokers end with it. Needs Java 17, and Maven and the network the first time.
 *
 * @throws LocalStackError `STACK_JAVA_MISSING`, `STACK_JAVA_TOO_OLD`, `STACK_MAVEN_MISSING`, `STACK_DOWNLOAD_FAILED`,
 *   `STACK_DISK_LOW`, `STACK_OPTIONS_INVALID`, `STACK_PORT_TAKEN`, `STACK_SERVER_DIED`, `STACK_NOT_READY`
 */
export async function startKafka(options: KafkaOptions = {}): Promise<LocalKafka> {
  const environment = options.environment ?? processEnvironment()
  const context = { environment, signal: options.signal, progress: options.progress }
  checkOptions(options)
  const java = await findJava(environment, options.signal)
  const jars = await ensureKafkaJars(cacheFolder(environment, options.cacheDir), context)
  await requireFreeDisk(options.dataDir ?? tmpdir(), leastDiskBytes, 'Kafka')
  const work = await createWorkFolder('kafka', options)
  try {
    const identity = await clusterIdentity(work.path, options.brokers ?? 1)
    const launch = { options, environment, java, jars, work, identity }
    return await retryTakenPorts((attempt) => launchCluster(launch, attempt === 1 ? options.preferredPorts : []))
  } catch (error) {
    await work.remove()
    throw error
  }
}

async function launchCluster(launch: Launch, preferred: readonly number[] | undefined): Promise<LocalKafka> {
  const { options, work, identity } = launch
  const cluster = await planPorts(identity.brokers, preferred)
  const nodes = cluster.map(({ nodeId, client }) => ({ nodeId, host: '127.0.0.1', port: client }))
  const brokers = await startTogether(
    cluster.map((ports) => (signal) => launchBroker(launch, ports, cluster, signal)),
    (broker) => broker.kill('SIGKILL'),
    options.signal,
  )

  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= Promise.all(brokers.map((broker) => broker.stop())).then(() => work.remove())
    return stopping
  }
  const kafka: LocalKafka = {
    addresses: brokers.map(({ address }) => address),
    brokers,
    clusterId: identity.clusterId,
    dataDir: work.path,
    untilReady: ({ timeoutMs = defaultStartTimeoutMs, signal } = {}) => untilReady(nodes, brokers, timeoutMs, signal),
    stop,
  }
  try {
    await untilReady(nodes, brokers, options.startTimeoutMs ?? defaultStartTimeoutMs, options.signal)
  } catch (error) {
    await Promise.all(brokers.map((broker) => broker.kill('SIGKILL')))
    throw error
  }
  options.logger?.info({ addresses: kafka.addresses, pids: brokers.map(({ pid }) => pid) }, 'kafka is ready')
  return kafka
}

type Broker = KafkaBrokerHandle & OwnedServerHandle

async function launchBroker(
  launch: Launch,
  ports: BrokerPorts,
  cluster: readonly BrokerPorts[],
  signal: AbortSignal,
): Promise<Broker> {
  const { options, work, environment } = launch
  const { nodeId } = ports
  const listener = { nodeId, host: '127.0.0.1', port: ports.client }
  const advertised = (await options.advertise?.(listener)) ?? listener
  const folder = join(work.path, `broker-${nodeId}`)
  const dataFolder = join(folder, 'data')
  const propertiesFile = join(folder, 'server.properties')
  const log4jFile = join(folder, 'log4j2.xml')
  await mkdir(folder, { recursive: true })
  const settings = brokerSettings({ ports, cluster, advertised, dataFolder, settings: options.settings ?? {} })
  await writeFile(propertiesFile, toProperties(settings))
  await writeFile(log4jFile, log4jSettings)
  await formatStorage({ ...launch, clusterId: launch.identity.clusterId, dataFolder, propertiesFile, signal })

  const server = createServerProcess({
    name: `kafka broker ${nodeId}`,
    command: launch.java.command,
    args: [
      ...javaFlags(options),
      `-Dlog4j2.configurationFile=${log4jFile}`,
      '-cp',
      join(launch.jars, '*'),
      'kafka.Kafka',
      propertiesFile,
    ],
    env: environment,
    folder,
    logFile: await work.logFile(`kafka-${nodeId}`),
    removeWhenAbandoned: work.removeWhenAbandoned,
    startTimeoutMs: options.startTimeoutMs ?? defaultStartTimeoutMs,
    stopTimeoutMs: options.stopTimeoutMs ?? defaultStopTimeoutMs,
    missing: (looking) => brokerMissing(listener, looking),
    logger: options.logger,
  })
  await server.start(signal)
  return Object.assign(createServerHandle(server, work.howToStop), {
    nodeId,
    address: `${advertised.host}:${advertised.port}`,
    ports: { client: ports.client, internal: ports.internal, controller: ports.controller },
  })
}

function javaFlags(options: KafkaOptions): readonly string[] {
  const benchmark = options.benchmark ?? false
  const heapMb = options.heapMb ?? (benchmark ? 1024 : 512)
  return [
    `-Xmx${heapMb}m`,
    '-XX:+UseSerialGC',
    ...(benchmark ? [] : ['-XX:TieredStopAtLevel=1']),
    '-Djava.awt.headless=true',
  ]
}

async function planPorts(brokers: number, preferred: readonly number[] = []): Promise<readonly BrokerPorts[]> {
  const ports = await choosePorts(brokers * 3, preferred.slice(0, brokers))
  return Array.from({ length: brokers }, (_, index) => ({
    nodeId: index + 1,
    client: ports[index] as number,
    internal: ports[brokers + index] as number,
    controller: ports[2 * brokers + index] as number,
  }))
}

async function untilReady(
  nodes: readonly BrokerNode[],
  brokers: readonly KafkaBrokerHandle[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const missing = await waitUntil((looking) => clusterMissing(nodes, looking), { timeoutMs, signal })
  if (missing === undefined) return
  throw new LocalStackError(`Kafka was not ready after ${timeoutMs} ms: ${missing}`, {
    code: 'STACK_NOT_READY',
    remedy: `see the brokers' logs: ${brokers.map(({ logFile }) => logFile).join(', ')}`,
    retriable: true,
  })
}

function checkOptions(options: KafkaOptions): void {
  checkSettings(options.settings ?? {})
  const brokers: number = options.brokers ?? 1
  const heapMb = options.heapMb ?? 512
  const problems = [
    brokers !== 1 && brokers !== 3 && `brokers is ${brokers}, but can be 1 or 3`,
    !(Number.isInteger(heapMb) && heapMb >= 128) && `heapMb is ${heapMb}, but must be a whole number from 128`,
  ].filter((problem) => problem !== false)
  if (problems.length === 0) return
  throw new LocalStackError(`startKafka: ${problems.join('; ')}`, {
    code: 'STACK_OPTIONS_INVALID',
    remedy: 'correct the options',
  })
}
