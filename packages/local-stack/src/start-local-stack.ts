import type { ClickHouseOptions, LocalClickHouse } from './clickhouse/clickhouse-options.ts'
import { startClickHouse } from './clickhouse/start-clickhouse.ts'
import type { KafkaOptions, LocalKafka } from './kafka/kafka-options.ts'
import { startKafka } from './kafka/start-kafka.ts'
import {
  type LocalSchemaRegistry,
  type SchemaRegistryOptions,
  startSchemaRegistry,
} from './registry/start-schema-registry.ts'
import type { ServerOptions } from './server-options.ts'
import { startTogether } from './start-together.ts'

/** Which servers to start, each with its own options; the other options hold for all of them. */
export interface LocalStackOptions extends Omit<ServerOptions, 'dataDir'> {
  /** @default not started */
  readonly kafka?: KafkaOptions
  /** @default not started */
  readonly clickhouse?: ClickHouseOptions
  /** @default not started */
  readonly schemaRegistry?: SchemaRegistryOptions
}

/** The servers that were asked for. */
export interface LocalStack {
  readonly kafka: LocalKafka | undefined
  readonly clickhouse: LocalClickHouse | undefined
  readonly schemaRegistry: LocalSchemaRegistry | undefined
  /** Stops all of them. Calling it again waits for the same end. */
  stop(): Promise<void>
}

interface Started {
  kafka?: LocalKafka
  clickhouse?: LocalClickHouse
  schemaRegistry?: LocalSchemaRegistry
}

/**
 * Starts the chosen servers at the same time. When one fails, the others are stopped and its error is thrown.
 *
 * @throws LocalStackError as the single starts do
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const { kafka, clickhouse, schemaRegistry, signal, ...shared } = options
  const started: Started = {}
  const starts: ((signal: AbortSignal) => Promise<{ stop(): Promise<void> }>)[] = []
  if (kafka) starts.push(async (abort) => (started.kafka = await startKafka({ ...shared, ...kafka, signal: abort })))
  if (clickhouse) {
    starts.push(
      async (abort) => (started.clickhouse = await startClickHouse({ ...shared, ...clickhouse, signal: abort })),
    )
  }
  if (schemaRegistry) {
    starts.push(
      async (abort) =>
        (started.schemaRegistry = await startSchemaRegistry({ ...shared, ...schemaRegistry, signal: abort })),
    )
  }
  const servers = await startTogether(starts, (server) => server.stop(), signal)
  return {
    kafka: started.kafka,
    clickhouse: started.clickhouse,
    schemaRegistry: started.schemaRegistry,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()))
    },
  }
}
