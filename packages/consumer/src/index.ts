// Subscriptions
export {
  type BatchOptions,
  type BatchSubscription,
  on,
  onBatch,
  type SingleSubscription,
  type Subscription,
  type SubscriptionOptions,
} from './on.ts'
export type { BatchContext, BatchHandler } from './batch/batch-handler.ts'
export type { BatchBounds } from './batch/batch-options.ts'
export type { Handler, HandlerContext, Skip } from './handler.ts'
export type { HandlerCall, Middleware } from './middleware/middleware.ts'
export { type DiscoverOptions, discoverHandlers } from './discovery/discover-handlers.ts'
// Idempotency
export {
  createInMemoryIdempotencyStore,
  type InMemoryIdempotencyOptions,
} from './idempotency/in-memory-idempotency-store.ts'
export type { IdempotencyOptions } from './idempotency/idempotency-options.ts'
// The consumer
export { createConsumer } from './create-consumer.ts'
export type { Consumer, ConsumerReport } from './consumer.ts'
export type { ConsumerCounts, HandlerCounts } from './consumer-counts.ts'
export type { ConsumerDescription, SubscriptionDescription } from './subscription/describe-consumer.ts'
export type { ConsumerOptions } from './consumer-options.ts'
// What happens in it
export type {
  CommitActivity,
  CommittedPosition,
  ConsumerActivity,
  ConsumerObserver,
  HandlerActivity,
  HandlerEndKind,
  PartitionActivity,
  RecordActivity,
} from './activity/consumer-activity.ts'
export type { ConsumerHealth, Degradation, PartitionHealth } from './activity/consumer-health.ts'
// Dead letters
export { deadLetterHeaders } from './dead-letter/dead-letter-headers.ts'
export { deadLetterTopicOf } from '@ledgerbus/core'
// Errors
export { ConsumerError, type ConsumerErrorCode } from './consumer-error.ts'
