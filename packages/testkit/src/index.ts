// Fakes of core's ports
export { createFakeClock, type FakeClock, type FakeClockOptions } from './fakes/fake-clock.ts'
export { createFixedRandom } from './fakes/fixed-random.ts'
export { createGate, type Gate } from './fakes/gate.ts'
export { createRecordingLogger, type LogLine, type RecordingLogger } from './fakes/recording-logger.ts'
export { createSeededRandom } from './fakes/seeded-random.ts'
export { createSequentialIds, type SequentialIdsOptions } from './fakes/sequential-ids.ts'
// A broker without a server
export type { BrokerControls } from './broker/broker-controls.ts'
export {
  createInMemoryBroker,
  type InMemoryBroker,
  type InMemoryBrokerOptions,
} from './broker/create-in-memory-broker.ts'
export type { BrokerFault, BrokerFaultTarget } from './broker/broker-fault.ts'
// An audit log without a server
export {
  type AuditLogControls,
  createInMemoryAuditLog,
  type InMemoryAuditLog,
  type InMemoryAuditLogOptions,
} from './audit-log/create-in-memory-audit-log.ts'
export type { AuditLogFault, AuditLogFaultTarget } from './audit-log/audit-log-fault.ts'
// Faults
export type { InjectedFault } from './faults/fault-plan.ts'
export { type Death, Killed, killableBroker } from './faults/killable-broker.ts'
// Builders
export { aConsumerRecord, type ConsumerRecordInput } from './builders/a-consumer-record.ts'
export { aRecord, builderTimeMs, type RecordInput } from './builders/a-record.ts'
export { anAuditEntry, type AuditEntryInput } from './builders/an-audit-entry.ts'
export { anAuditRange, type AuditRangeInput } from './builders/an-audit-range.ts'
export { anAuditRecord, type AuditRecordInput } from './builders/an-audit-record.ts'
export { anEnvelope } from './builders/an-envelope.ts'
export type { BytesInput } from './builders/bytes.ts'
export type { HeadersInput } from './builders/headers.ts'
// Waiting
export { eventually, type EventuallyOptions } from './eventually.ts'
// Errors
export { TestkitError } from './errors/testkit-error.ts'
