import { LocalStackError } from '../local-stack-error.ts'

/** Kafka's own setting names, as in `server.properties`. */
export type KafkaSettings = Readonly<Record<string, string | number | boolean>>

/** Host and port, as a client dials it. */
export interface ListenerAddress {
  readonly host: string
  readonly port: number
}

/** The ports of one broker. */
export interface BrokerPorts {
  readonly nodeId: number
  /** For clients. */
  readonly client: number
  /** For other brokers: it stays reachable when the clients' way is cut. */
  readonly internal: number
  readonly controller: number
}

/** Everything that makes one broker's settings. */
export interface BrokerPlan {
  readonly ports: BrokerPorts
  readonly cluster: readonly BrokerPorts[]
  /** What clients are told to dial. */
  readonly advertised: ListenerAddress
  readonly dataFolder: string
  readonly settings: KafkaSettings
}

/** Settings that this package decides, because its own start depends on them. */
const reserved: ReadonlySet<string> = new Set([
  'advertised.listeners',
  'controller.listener.names',
  'controller.quorum.bootstrap.servers',
  'controller.quorum.voters',
  'inter.broker.listener.name',
  'listener.security.protocol.map',
  'listeners',
  'log.dir',
  'log.dirs',
  'metadata.log.dir',
  'node.id',
  'process.roles',
])

/** @throws LocalStackError `STACK_OPTIONS_INVALID` naming every setting that may not be given or cannot be written */
export function checkSettings(settings: KafkaSettings): void {
  const problems = Object.entries(settings).flatMap(([name, value]) => {
    if (reserved.has(name)) return [`${name} is decided by startKafka`]
    if (/[\r\n]/.test(`${name}${value}`) || !/^[\w.-]+$/.test(name)) return [`${name} cannot be written as a property`]
    return []
  })
  if (problems.length === 0) return
  throw new LocalStackError(`these Kafka settings cannot be used: ${problems.join('; ')}`, {
    code: 'STACK_OPTIONS_INVALID',
    remedy: 'leave them out of `settings`',
  })
}

/** The settings of one broker: a node of a KRaft cluster that is broker and controller in one. */
export function brokerSettings(plan: BrokerPlan): KafkaSettings {
  const { ports, cluster, advertised } = plan
  const replicas = Math.min(3, cluster.length)
  const inSync = replicas === 3 ? 2 : 1
  return {
    // Durability: as a production cluster of this size has it.
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    // A misspelt topic must be an error, not a new topic.
    'auto.create.topics.enable': false,
    // A first member need not wait for others; sessions may be shorter than the 6 s a production broker allows.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    // A killed broker is given up, and may come back, after 5 s instead of 9 s: until then the controller refuses its return.
    'broker.session.timeout.ms': 5_000,
    'broker.heartbeat.interval.ms': 1_000,
    // Small where size only costs time and memory at start: the defaults are 50, 50 and 128 MiB.
    'offsets.topic.num.partitions': 10,
    'transaction.state.log.num.partitions': 10,
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
    ...plan.settings,
    'process.roles': 'broker,controller',
    'node.id': ports.nodeId,
    'controller.quorum.voters': cluster.map((node) => `${node.nodeId}@127.0.0.1:${node.controller}`).join(','),
    listeners: `CLIENT://127.0.0.1:${ports.client},INTERNAL://127.0.0.1:${ports.internal},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `CLIENT://${advertised.host}:${advertised.port},INTERNAL://127.0.0.1:${ports.internal}`,
    'listener.security.protocol.map': 'CLIENT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'INTERNAL',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': plan.dataFolder,
  }
}

/** The text of a `server.properties`. */
export function toProperties(settings: KafkaSettings): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${String(value).replaceAll('\\', '\\\\')}`)
  return `${lines.join('\n')}\n`
}

/** Kafka's log4j settings: everything to the standard output, which is the broker's log file, until the very end. */
export const log4jSettings = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN" shutdownHook="disable">
  <Appenders>
    <Console name="out" target="SYSTEM_OUT">
      <PatternLayout pattern="%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5p %c{1} - %m%n"/>
    </Console>
  </Appenders>
  <Loggers>
    <Root level="INFO"><AppenderRef ref="out"/></Root>
  </Loggers>
</Configuration>
`
