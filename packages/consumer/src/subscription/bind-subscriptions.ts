import {
  ConfigurationError,
  isEventDefinition,
  parseEventPattern,
  resolveRetryPolicy,
  type RetryOptions,
} from '@ledgerbus/core'
import { compileFilter } from '@ledgerbus/filter'
import type { Ordering } from '../lanes/lane-key.ts'
import { createHandlerLimit } from '../lanes/handler-limit.ts'
import type { BatchBounds } from '../batch/batch-options.ts'
import type { Middleware } from '../middleware/middleware.ts'
import type { BatchSubscription, Subscription, SubscriptionOptions } from '../on.ts'
import type { BoundHandler, SingleBoundHandler } from './bound-handler.ts'
import type { ReplayChoice } from './replay-choice.ts'
import type { TimeLimit } from './time-limit.ts'

const longestName = 200

/** What subscriptions share. */
export interface CommonOptions {
  readonly retry: RetryOptions | undefined
  readonly use: readonly Middleware[]
  /** What the consumer keeps in order. */
  readonly ordering: Ordering
  /** Whether the consumer has an idempotency store. */
  readonly hasStore: boolean
}

/** Checks subscriptions and completes them with the consumer's options; every problem goes into `problems`. */
export function bindSubscriptions(
  subscriptions: readonly Subscription[],
  { retry, use, hasStore, ordering }: CommonOptions,
  problems: string[],
): readonly BoundHandler[] {
  const names = new Set<string>()
  // Wrong common options are one problem, not one a subscription; with the defaults in their place the rest is still checked.
  const common = collect(undefined, problems, () => resolveRetryPolicy(retry)) === undefined ? {} : retry
  return subscriptions.flatMap((subscription, index) => {
    const { name, handler, options } = subscription ?? {}
    const at = `subscriptions[${index}]`
    if (typeof handler !== 'function' || typeof options !== 'object') {
      problems.push(`${at}: a subscription made by on(definition or pattern, handler) or onBatch(…)`)
      return []
    }
    if (typeof name !== 'string' || name === '' || name.length > longestName) {
      problems.push(`${at}: the name has 1 to ${longestName} characters`)
    } else if (names.has(name)) {
      problems.push(
        `${at}: two handlers are named ${JSON.stringify(name)}; give one of them another \`name\`, as dead letters tell them apart by it`,
      )
    }
    names.add(name)
    const target = readTarget(subscription, at, problems)
    problems.push(...[...optionProblems(subscription)].map((problem) => `${at}: ${problem}`))
    const policy =
      collect(at, problems, () => resolveRetryPolicy({ ...common, ...options.retry })) ?? resolveRetryPolicy()
    if (policy.ordering === 'park-key')
      problems.push(...parkingProblems(subscription, ordering).map((problem) => `${at}: ${problem}`))
    const limit = options.concurrency === undefined ? undefined : createHandlerLimit(options.concurrency)
    const filter = collect(at, problems, () =>
      options.filter === undefined ? undefined : compileFilter(options.filter),
    )
    if (options.idempotency === 'on' && !hasStore) {
      problems.push(`${at}: idempotency: the consumer has no store; give it one in its own option \`idempotency\``)
    }
    const { sideEffects, idempotency = hasStore ? 'on' : 'off' } = options
    const { replay = sideEffects === 'external' ? 'skip' : 'run' } = options
    const middleware = [...use, ...(middlewareProblems(options.use).next().done === true ? (options.use ?? []) : [])]
    if (target === undefined) return []
    return [
      bind(subscription, {
        name,
        target,
        policy,
        limit,
        filter,
        middleware,
        replay,
        sideEffects,
        idempotency,
        timeLimit: timeLimitOf(options),
      }),
    ]
  })
}

function bind(subscription: Subscription, bound: Omit<SingleBoundHandler, 'takes' | 'handler'>): BoundHandler {
  if (subscription.takes === 'one') return { ...bound, takes: 'one', handler: subscription.handler }
  const { maxRecords, maxWaitMs } = subscription.options
  return { ...bound, takes: 'batch', handler: subscription.handler, bounds: { maxRecords, maxWaitMs } }
}

function timeLimitOf({ timeoutMs, abandonAfterMs = 30_000 }: SubscriptionOptions): TimeLimit | undefined {
  return timeoutMs === undefined ? undefined : { timeoutMs, abandonAfterMs }
}

const optionNames: Record<keyof SubscriptionOptions, true> = {
  name: true,
  retry: true,
  concurrency: true,
  filter: true,
  use: true,
  replay: true,
  sideEffects: true,
  idempotency: true,
  enabled: true,
  timeoutMs: true,
  abandonAfterMs: true,
}
const batchOptionNames: Record<keyof BatchBounds, true> = { maxRecords: true, maxWaitMs: true }

function* optionProblems(subscription: Subscription): Generator<string> {
  const { takes, options } = subscription
  const known = takes === 'batch' ? { ...optionNames, ...batchOptionNames } : optionNames
  for (const option of Object.keys(options)) if (!Object.hasOwn(known, option)) yield `${option}: is no option`
  yield* middlewareProblems(options.use)
  yield* replayProblems(options.replay)
  yield* oneOf('sideEffects', options.sideEffects, ['external'])
  yield* oneOf('idempotency', options.idempotency, ['on', 'off'])
  yield* oneOf('enabled', options.enabled, [true, false])
  if (options.concurrency !== undefined) yield* wholeNumber('concurrency', options.concurrency, 1, 10_000)
  yield* timeLimitProblems(options)
  if (subscription.takes === 'batch') yield* batchProblems(subscription)
}

function parkingProblems({ takes }: Subscription, ordering: Ordering): readonly string[] {
  return [
    ...(takes === 'batch'
      ? ["retry.ordering: 'park-key' does not go with onBatch, whose events of a key are under way together; use on()"]
      : []),
    ...(ordering === 'key'
      ? []
      : [`retry.ordering: 'park-key' keeps the order of a key, and the consumer's ordering is '${ordering}'`]),
  ]
}

function* timeLimitProblems({ timeoutMs, abandonAfterMs }: SubscriptionOptions): Generator<string> {
  if (timeoutMs !== undefined) yield* wholeNumber('timeoutMs', timeoutMs, 1, 86_400_000)
  if (abandonAfterMs === undefined) return
  yield* wholeNumber('abandonAfterMs', abandonAfterMs, 0, 86_400_000)
  if (timeoutMs === undefined) yield 'abandonAfterMs: needs timeoutMs; without a time limit nothing is abandoned'
}

function* batchProblems({ options }: BatchSubscription): Generator<string> {
  yield* wholeNumber('maxRecords', options.maxRecords, 1, 100_000)
  yield* wholeNumber('maxWaitMs', options.maxWaitMs, 0, 3_600_000)
}

function* replayProblems(replay: ReplayChoice | undefined): Generator<string> {
  if (replay === undefined || replay === 'run' || replay === 'skip' || typeof replay === 'function') return
  yield `replay: "run", "skip" or a function that answers one of them, not ${String(replay)}`
}

/** Middleware is a list of functions. */
export function* middlewareProblems(use: unknown): Generator<string> {
  if (use === undefined || (Array.isArray(use) && use.every((each) => typeof each === 'function'))) return
  yield 'use: a list of middleware functions'
}

type Word = string | boolean

function* oneOf(option: string, value: Word | undefined, words: readonly Word[]): Generator<string> {
  if (value === undefined || words.includes(value)) return
  yield `${option}: ${words.map((word) => JSON.stringify(word)).join(' or ')}, not ${String(value)}`
}

function* wholeNumber(option: string, value: unknown, least: number, most: number): Generator<string> {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return
  yield `${option}: a whole number from ${least} to ${most}, not ${String(value)}`
}

function readTarget({ target }: Subscription, at: string, problems: string[]): BoundHandler['target'] | undefined {
  if (isEventDefinition(target)) return { kind: 'definition', definition: target }
  return collect(at, problems, () => ({ kind: 'pattern', pattern: parseEventPattern(target) }))
}

function collect<Result>(at: string | undefined, problems: string[], read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    problems.push(...error.problems.map((problem) => (at === undefined ? problem : `${at}: ${problem}`)))
    return undefined
  }
}
