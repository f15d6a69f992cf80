// Definitions
export { deepFreeze } from './definition/deep-freeze.ts'
export { defineEvent, type EventOptions, type EventTopic, isEventDefinition } from './definition/define-event.ts'
export type {
  EventDefinition,
  EventInput,
  EventInputFields,
  EventOf,
  PayloadInput,
  PayloadOutput,
  PayloadSchemas,
} from './definition/event-definition.ts'
export { eventNameProblem } from './definition/event-name.ts'
export { type EventPattern, matchesPattern, parseEventPattern } from './definition/event-pattern.ts'
export { createEventRegistry, type EventRegistry } from './definition/event-registry.ts'
export { readsVersion } from './definition/known-versions.ts'
export { topicSpecsOf } from './definition/topic-specs.ts'
export type { Upcaster, Upcasters, UpcastFacts } from './definition/upcaster.ts'
// Envelope
export type { Envelope, EventMetrics, EventPayload, EventSubject } from './envelope/envelope.ts'
export { createEnvelope, type EnvelopeOptions } from './envelope/create-envelope.ts'
export { upcastEvent } from './envelope/upcast-event.ts'
export { validateEvent } from './envelope/validate-event.ts'
export {
  decodeEnvelope,
  encodeEnvelope,
  fromWireEnvelope,
  toWireEnvelope,
  type WireEnvelope,
  type WireMetrics,
} from './envelope/envelope-codec.ts'
export { eventLimits } from './envelope/event-limits.ts'
export {
  createEnvelopeScanner,
  type EnvelopeScan,
  type EnvelopeScanner,
  scannedText,
} from './envelope/scan-envelope.ts'
export type { JsonLimits } from './envelope/json-bytes.ts'
export { recordKeyOf } from './envelope/record-key.ts'
export { canonicalTimestamp, timestampOf } from './envelope/timestamp.ts'
// Headers
export { eventHeaders, type EventHeaderOptions } from './envelope/cloud-events.ts'
export { headerNames } from './envelope/header-names.ts'
export { headerLimits } from './envelope/header-rules.ts'
export { headerText, textHeader } from './envelope/headers.ts'
export { type HeaderBearer, isMarked, recordBytes, recordHeaderText } from './envelope/record-headers.ts'
// Topics and partitions
export type { GroupShare } from './partition/group-share.ts'
export type { FamilyOptions } from './partition/partition-families.ts'
export { partitionOf } from './partition/partition-of.ts'
export { sharePartitions } from './partition/share-partitions.ts'
export { applyTopics, type TopicDifference, type TopicReport } from './topics/apply-topics.ts'
export {
  deadLetterStateTopicOf,
  deadLetterTopicOf,
  laneSourceOf,
  longestTopicName,
  parkedDeadLetterTopicOf,
  parkingTopicOf,
  redriveLaneOf,
  retryTopicOf,
} from './topics/group-topics.ts'
export { isHopTopic, isInternalTopic } from './topics/hop-topic.ts'
export { fitsTopicPattern, isTopicPattern } from './topics/topic-pattern.ts'
// Retry
export { backoffMs } from './retry/backoff.ts'
export { classifyError, type ErrorClass } from './retry/classify-error.ts'
export {
  classifiedSkipRule,
  type DeadLetterReason,
  decideRetry,
  type FailedAttempt,
  type RetryDecision,
  type RetryPlace,
} from './retry/decide-retry.ts'
export {
  resolveRetryPolicy,
  type RetryOptions,
  type RetryOrdering,
  type RetryPolicy,
} from './retry/retry-policy.ts'
export { isSkipRule } from './retry/skip-rule.ts'
// Waiting
export { createPace, type Pace } from './waiting/pace.ts'
export { settledWithin } from './waiting/settled-within.ts'
// Transactions
export { type AddressedRecord, batchesOf, producedBytes, type RecordBatchToAppend } from './transactions/batches-of.ts'
export {
  createTransactionalPages,
  type PublishPageOptions,
  type TransactionalPages,
} from './transactions/transactional-pages.ts'
// Replay
export {
  isReplayForOtherGroups,
  readReplayMarks,
  type ReplayMarks,
  type ReplayMode,
  replayHeaders,
  withoutReplayHeaders,
} from './replay/replay-marks.ts'
// Evidence
export { canonicalEntryBytes, type EntryContent } from './evidence/canonical-entry.ts'
export { eraseOptionsProblems, erasureSelectionProblems } from './evidence/erasure-problems.ts'
// Errors
export { BrokerError, type BrokerErrorFacts } from './errors/broker-error.ts'
export { ConfigurationError } from './errors/configuration-error.ts'
export { type EventDecodeCode, EventDecodeError } from './errors/event-decode-error.ts'
export type { EventIssue } from './errors/event-issue.ts'
export { type EventValidationCode, EventValidationError } from './errors/event-validation-error.ts'
export { type ErrorFacts, isLedgerbusError, LedgerbusError } from './errors/ledgerbus-error.ts'
// Audit log
export { countEntries, type EntryCounter } from './audit-log/count-entries.ts'
export { type AuditEntryJson, auditEntryJson, bytesJson } from './audit-log/entry-json.ts'
export { type KnownEvent, knownEventOf } from './audit-log/known-event.ts'
export { eventTimeMs } from './audit-log/event-time.ts'
export { selectionMatch, type SelectionMatch } from './audit-log/selection-match.ts'
export { selectionProblems } from './audit-log/selection-problems.ts'
export { defaultSinkGroupId } from './audit-log/sink-group.ts'
export type { KeyBounds } from './audit-log/distinct-keys.ts'
export { countSummary, type SummaryCounter } from './audit-log/summary-counter.ts'
export { type EntryGroup, summaryOf } from './audit-log/summary-of-groups.ts'
export { uniteSpans } from './audit-log/unite-spans.ts'
export { rangeProblems } from './audit-log/range-problems.ts'
export { isRedriven, redriveIdHeader } from './audit-log/redriven.ts'
export { auditIntervals, statsProblems } from './audit-log/stats-options.ts'
export { timelineOf } from './audit-log/timeline-of.ts'
export { traceOf } from './audit-log/trace-of.ts'
// Ports
export type {
  AuditLogEraser,
  EraseOptions,
  ErasurePlan,
  ErasureReport,
  ErasureSelection,
} from './ports/audit-erasure.ts'
export type { Erasure } from './ports/erasure.ts'
export type { AuditLogInspector, InspectedEntry, InspectedSpan } from './ports/audit-inspection.ts'
export type {
  AuditBlock,
  AuditLogWriter,
  AuditPartition,
  AuditRange,
  AuditTally,
  InsertOptions,
  OpenAuditBlock,
  StandingQuestion,
  StandingRecords,
} from './ports/audit-log-writer.ts'
export type { AuditReading, AuditRecord, ValueFormat } from './ports/audit-reading.ts'
export type {
  AuditDimension,
  AuditEntry,
  AuditExplanation,
  AuditExportFormat,
  AuditFigures,
  AuditInterval,
  AuditLog,
  AuditLogReader,
  AuditOrder,
  AuditPage,
  AuditSelection,
  AuditStats,
  AuditStatsGroup,
  AuditStatsOptions,
  AuditStory,
  AuditSummary,
  AuditTimelineSelection,
  AuditTimelineStep,
  AuditTrace,
  AuditTraceStep,
  BoundedSelection,
  PartitionBound,
  PartitionRange,
  PartitionStart,
  ValueChange,
} from './ports/audit-log.ts'
export type { Broker, BrokerCapabilities } from './ports/broker.ts'
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
export type { BrokerReader, OffsetSpan, RecordSlice } from './ports/broker-reader.ts'
export type { Clock } from './ports/clock.ts'
export type { EventContext, EventContextCarrier } from './ports/event-context.ts'
export type { IdempotencyClaim, IdempotencyStore } from './ports/idempotency-store.ts'
export type { Ids } from './ports/ids.ts'
export type { Logger } from './ports/logger.ts'
export type { AppendOutcome, NotOk, Outcome } from './ports/outcome.ts'
export type { Random } from './ports/random.ts'
export type { ConsumerRecord, Coordinates, ProducerRecord, RecordHeader, HeaderVisitor } from './ports/record.ts'
export type { TopicPartition } from './ports/topic-partition.ts'
export type { WaitOptions } from './ports/wait-options.ts'
// Defaults of the ports
export { consoleLogger, silentLogger } from './defaults/console-logger.ts'
export { systemClock } from './defaults/system-clock.ts'
export { systemRandom } from './defaults/system-random.ts'
export { uuidV7Ids } from './defaults/uuid-v7-ids.ts'
