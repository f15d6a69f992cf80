export {
  type CheckOptions,
  checkLocalStack,
  type LocalServerName,
  type LocalStackCheck,
  type LocalStackProblem,
} from './check-local-stack.ts'
export type { ClickHouseRowFilter, ClickHouseSettings, ClickHouseUser } from './clickhouse/clickhouse-config.ts'
export type { ClickHouseOptions, LocalClickHouse } from './clickhouse/clickhouse-options.ts'
export { startClickHouse } from './clickhouse/start-clickhouse.ts'
export type { Environment } from './environment.ts'
export type { KafkaSettings, ListenerAddress } from './kafka/broker-settings.ts'
export type { KafkaBrokerHandle, KafkaListener, KafkaOptions, LocalKafka } from './kafka/kafka-options.ts'
export { startKafka } from './kafka/start-kafka.ts'
export {
  isEnvironmentProblem,
  LocalStackError,
  type LocalStackErrorCode,
  type LocalStackErrorFacts,
} from './local-stack-error.ts'
export type { ServerHandle } from './process/server-handle.ts'
export {
  type LocalSchemaRegistry,
  type SchemaRegistryOptions,
  startSchemaRegistry,
} from './registry/start-schema-registry.ts'
export type { LocalStackLogger, ServerOptions } from './server-options.ts'
export { type LocalStack, type LocalStackOptions, startLocalStack } from './start-local-stack.ts'
