export type {
  CompressionCodec,
  KafkaBrokerOptions,
  SaslCredentials,
  SaslOptions,
  TlsOptions,
} from './broker-options.ts'
export { createKafkaBroker } from './create-kafka-broker.ts'
