export type {
  CompressionCodec,
  KafkaBrokerOptions,
  SaslCredentials,
  SaslOptions,
  TlsOptions,
} from './broker-options.ts'
export { createKafkaBroker } from './create-kafka-broker.ts'
export { createSchemaRegistry } from './registry/create-schema-registry.ts'
export type {
  DecodedValue,
  SchemaDefinition,
  SchemaFormat,
  SchemaRegistry,
  SchemaRegistryOptions,
} from './registry/schema-registry.ts'
export { SchemaRegistryError } from './registry/schema-registry-error.ts'
