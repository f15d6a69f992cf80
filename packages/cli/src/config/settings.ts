import type { ClusterOptions } from '@ledgerbus/audit-log'
import { CommandError } from '../errors/command-error.ts'
import { type Environment, readEnvironment, type Variables } from './environment.ts'
import type { ProjectConfig } from './project-config.ts'
import { findProjectFile, loadProjectFile } from './project-file.ts'
import { createSecret, type Secret } from './secret.ts'

export interface KafkaSettings {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly ssl?: boolean
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: Secret
    /** Sends the password in the clear, which everybody on the way can read. */
    readonly unsafePlainWithoutTls?: boolean
  }
}

export interface ClickHouseSettings {
  readonly url: string
  readonly user?: string
  readonly password?: Secret
  readonly database?: string
  readonly tablePrefix?: string
  readonly cluster?: ClusterOptions
  /** Whose entries alone may be seen. */
  readonly organization?: string
}

/** Where everything is, whoever said it: a flag before the environment, the environment before the project file. */
export interface Settings {
  /** @throws CommandError `CLI_CONFIGURATION` when no address is given */
  kafka(): KafkaSettings
  /** @throws CommandError `CLI_CONFIGURATION` when no address is given */
  clickHouse(): ClickHouseSettings
  readonly sink: { readonly topics: readonly string[] | undefined; readonly groupId: string | undefined }
  /** Keys in PEM: one signs seals, the other tells whether they were signed. */
  readonly seals: { readonly key: Secret | undefined; readonly publicKey: string | undefined }
  readonly schemaRegistryUrl: string | undefined
  readonly logLevel: Environment['LEDGERBUS_LOG_LEVEL']
  /** The project file's path, if there is one. */
  readonly projectFile: string | undefined
  readonly project: ProjectConfig
}

/** What can be said by flags. */
export type SettingFlags = {
  readonly brokers?: readonly string[] | undefined
  readonly clickhouseUrl?: string | undefined
  readonly config?: string | undefined
}

/** @throws CommandError `CLI_CONFIGURATION` with every problem of the environment */
export async function loadSettings(
  flags: SettingFlags,
  { env, cwd }: { readonly env: Variables; readonly cwd: string },
): Promise<Settings> {
  const { environment, problems } = readEnvironment(env)
  if (problems.length > 0) {
    throw new CommandError(`the environment: ${problems.join('; ')}`, { code: 'CLI_CONFIGURATION' })
  }
  const path = findProjectFile(cwd, flags.config ?? environment.LEDGERBUS_CONFIG)
  const project = path === undefined ? {} : (await loadProjectFile(path)).config
  return {
    kafka: () => kafkaSettings(flags, environment, project),
    clickHouse: () => clickHouseSettings(flags, environment, project),
    sink: {
      topics: environment.LEDGERBUS_SINK_TOPICS ?? project.sink?.topics,
      groupId: environment.LEDGERBUS_SINK_GROUP ?? project.sink?.groupId,
    },
    seals: {
      key: environment.LEDGERBUS_SEAL_KEY === undefined ? undefined : createSecret(environment.LEDGERBUS_SEAL_KEY),
      publicKey: environment.LEDGERBUS_SEAL_PUBLIC_KEY,
    },
    schemaRegistryUrl: environment.SCHEMA_REGISTRY_URL ?? project.schemaRegistry?.url,
    logLevel: environment.LEDGERBUS_LOG_LEVEL,
    projectFile: path,
    project,
  }
}

function kafkaSettings(flags: SettingFlags, environment: Environment, project: ProjectConfig): KafkaSettings {
  const brokers = flags.brokers ?? environment.KAFKA_BROKERS ?? project.kafka?.brokers
  if (brokers === undefined) {
    throw new CommandError('no address of Kafka is given', {
      code: 'CLI_CONFIGURATION',
      remedy: 'set KAFKA_BROKERS=localhost:9092, or --brokers, or kafka.brokers in ledgerbus.config.ts',
    })
  }
  const ssl = environment.KAFKA_SSL ?? project.kafka?.ssl
  const sasl = saslSettings(environment, project)
  return {
    brokers,
    clientId: environment.KAFKA_CLIENT_ID ?? project.kafka?.clientId ?? 'ledgerbus',
    ...(ssl !== undefined && { ssl }),
    ...(sasl !== undefined && { sasl }),
  }
}

function saslSettings(environment: Environment, project: ProjectConfig): KafkaSettings['sasl'] {
  const mechanism = environment.KAFKA_SASL_MECHANISM ?? project.kafka?.sasl?.mechanism
  const username = environment.KAFKA_SASL_USERNAME ?? project.kafka?.sasl?.username
  const password = environment.KAFKA_SASL_PASSWORD
  if (mechanism === undefined && username === undefined && password === undefined) return undefined
  if (mechanism !== undefined && username !== undefined && password !== undefined) {
    const unsafe = environment.KAFKA_SASL_UNSAFE_PLAIN_WITHOUT_TLS
    return {
      mechanism,
      username,
      password: createSecret(password),
      ...(unsafe !== undefined && { unsafePlainWithoutTls: unsafe }),
    }
  }
  throw new CommandError(
    'SASL is given in part: KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD (or KAFKA_SASL_PASSWORD_FILE) belong together',
    { code: 'CLI_CONFIGURATION' },
  )
}

function clickHouseSettings(flags: SettingFlags, environment: Environment, project: ProjectConfig): ClickHouseSettings {
  const url = flags.clickhouseUrl ?? environment.CLICKHOUSE_URL ?? project.clickhouse?.url
  if (url === undefined) {
    throw new CommandError('no address of ClickHouse is given', {
      code: 'CLI_CONFIGURATION',
      remedy: 'set CLICKHOUSE_URL=http://localhost:8123, or --clickhouse-url, or clickhouse.url in ledgerbus.config.ts',
    })
  }
  const user = environment.CLICKHOUSE_USER ?? project.clickhouse?.user
  const password = environment.CLICKHOUSE_PASSWORD
  const database = environment.CLICKHOUSE_DATABASE ?? project.clickhouse?.database
  const tablePrefix = project.clickhouse?.tablePrefix
  const cluster = clusterSettings(environment, project)
  const organization = environment.LEDGERBUS_ORGANIZATION ?? project.clickhouse?.organization
  return {
    url,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password: createSecret(password) }),
    ...(database !== undefined && { database }),
    ...(tablePrefix !== undefined && { tablePrefix }),
    ...(cluster !== undefined && { cluster }),
    ...(organization !== undefined && { organization }),
  }
}

function clusterSettings(environment: Environment, project: ProjectConfig): ClusterOptions | undefined {
  const declared = project.clickhouse?.cluster
  const name = environment.CLICKHOUSE_CLUSTER ?? declared?.name
  const shards = environment.CLICKHOUSE_SHARDS ?? declared?.shards
  const replication = environment.CLICKHOUSE_REPLICATION ?? declared?.replication
  const quorum = environment.CLICKHOUSE_QUORUM ?? declared?.quorum
  if (name === undefined) {
    if (shards === undefined && replication === undefined && quorum === undefined) return undefined
    throw new CommandError('a cluster of ClickHouse is given in part: its name is missing', {
      code: 'CLI_CONFIGURATION',
      remedy: 'set CLICKHOUSE_CLUSTER to its name in remote_servers, or clickhouse.cluster.name in ledgerbus.config.ts',
    })
  }
  return {
    ...declared,
    name,
    ...(shards !== undefined && { shards }),
    ...(replication !== undefined && { replication }),
    ...(quorum !== undefined && { quorum }),
  }
}
