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
export type { ReplayChoice } from './subscription/replay-choice.ts'
export { type DiscoverOptions, discoverHandlers } from './discovery/discover-handlers.ts'
// Idempotency
export {
  createInMemoryIdempotencyStore,
  type InMemoryIdempotencyOptions,
} from './idempotency/in-memory-idempotency-store.ts'
export type { IdempotencyOptions } from './idempotency/idempotency-options.ts'
// The consumer
export { createConsumer } from './create-consumer.ts'
export type { Consumer } from './consumer.ts'
export type { ConsumerReport } from './consumer-report.ts'
export type { ConsumerCounts, HandlerCounts } from './consumer-counts.ts'
export type { ConsumerDescription, SubscriptionDescription } from './subscription/describe-consumer.ts'
export type { FloodGuardOptions } from './flood-guard/flood-guard-options.ts'
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
export type { DeadLetter, DeadLetterDialect, DeadLetterError, DeadLetterOrigin } from './redrive/letter/dead-letter.ts'
export { type OriginHints, readDeadLetter } from './redrive/letter/read-dead-letter.ts'
export { type EventFacts, eventFactsOf } from './redrive/letter/event-facts.ts'
// Redrive
export { createRedrive, type CreateRedriveOptions, type Redrive } from './redrive/create-redrive.ts'
export { redriveHeaders } from './redrive/redrive-headers.ts'
export type { DeadLetterStatus, LetterState, NotedStatus } from './redrive/state/letter-state.ts'
export type { DeadLetterFilter } from './redrive/survey/letter-filter.ts'
export type { FoundDeadLetter, LetterSelection } from './redrive/survey/find-letters.ts'
export type { DeadLetterCounts, EventCount, FingerprintCount } from './redrive/survey/dead-letter-survey.ts'
export {
  checkRedriveRequest,
  type DeadLetterSource,
  type RedrivableStatus,
  type RedriveRequest,
  type RedriveTarget,
} from './redrive/plan/redrive-request.ts'
export type {
  PlannedBound,
  RedriveDestination,
  RedriveGroup,
  RedrivePlan,
  SelectedLetters,
} from './redrive/plan/redrive-plan.ts'
export type { DiscardOptions, RunRedriveOptions } from './redrive/run/run-options.ts'
export type { LetterOutcome, RedriveCounts, RedriveProgress, RedriveReport } from './redrive/run/redrive-report.ts'
// Errors
export { ConsumerError, type ConsumerErrorCode } from './consumer-error.ts'
export { RedriveError, type RedriveErrorCode, type RedriveErrorFacts } from './redrive/redrive-error.ts'
