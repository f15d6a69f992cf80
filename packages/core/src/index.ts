// Errors
export { BrokerError, type BrokerErrorFacts } from './errors/broker-error.ts'
export { ConfigurationError } from './errors/configuration-error.ts'
export { type ErrorFacts, isLedgerbusError, LedgerbusError } from './errors/ledgerbus-error.ts'
// Envelope
export type { Envelope, EventMetrics, EventPayload, EventSubject } from './envelope/envelope.ts'
// Ports
export type {
  AuditEntry,
  AuditLog,
  AuditLogReader,
  AuditLogWriter,
  AuditOrder,
  AuditPage,
  AuditRange,
  AuditReading,
  AuditRecord,
  AuditSelection,
  AuditSummary,
  PartitionBound,
  ValueFormat,
} from './ports/audit-log.ts'
export type { Broker, BrokerCapabilities, TopicPartition, WaitOptions } from './ports/broker.ts'
export type {
  BrokerAdmin,
  GroupDescription,
  GroupOffset,
  PartitionOffsets,
  TopicDescription,
  TopicSpec,
} from './ports/broker-admin.ts'
export type {
  AssignedPartition,
  BrokerConsumer,
  BrokerConsumerListener,
  BrokerConsumerOptions,
  CommitOutcome,
  CommitPosition,
  NextOffset,
  PartitionEpoch,
  RecordBatch,
} from './ports/broker-consumer.ts'
export type {
  BrokerProducer,
  BrokerProducerOptions,
  Transaction,
  TransactionalProducer,
  TransactionalProducerOptions,
} from './ports/broker-producer.ts'
export type { Clock } from './ports/clock.ts'
export type { EventContext, EventContextCarrier } from './ports/event-context.ts'
export type { Ids } from './ports/ids.ts'
export type { Logger } from './ports/logger.ts'
export type { AppendOutcome, NotOk, Outcome } from './ports/outcome.ts'
export type { Random } from './ports/random.ts'
export type { ConsumerRecord, Coordinates, ProducerRecord, RecordHeader } from './ports/record.ts'
// Defaults of the ports
export { consoleLogger, silentLogger } from './defaults/console-logger.ts'
export { systemClock } from './defaults/system-clock.ts'
export { systemRandom } from './defaults/system-random.ts'
export { uuidV7Ids } from './defaults/uuid-v7-ids.ts'
