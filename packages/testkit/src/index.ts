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
export type { BrokerFault } from './broker/fault-plan.ts'
// Builders
export { aConsumerRecord, type ConsumerRecordInput } from './builders/a-consumer-record.ts'
export { aRecord, builderTimeMs, type RecordInput } from './builders/a-record.ts'
export { anEnvelope } from './builders/an-envelope.ts'
export type { BytesInput } from './builders/bytes.ts'
export type { HeadersInput } from './builders/headers.ts'
// Waiting
export { eventually, type EventuallyOptions } from './eventually.ts'
// Errors
export { TestkitError } from './errors/testkit-error.ts'
