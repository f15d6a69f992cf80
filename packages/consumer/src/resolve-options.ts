import { eventContext } from '@ledgerbus/context'
import { ConfigurationError, consoleLogger, longestTopicName, systemClock, systemRandom } from '@ledgerbus/core'
import type { ConsumerObserver } from './activity/consumer-activity.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import { floodDefaults, type FloodGuardOptions } from './flood-guard/flood-guard-options.ts'
import type { Subscription } from './on.ts'
import { wantedTopics } from './retry-topics/wanted-topics.ts'
import type { BoundHandler } from './subscription/bound-handler.ts'
import type { IdempotencyOptions } from './idempotency/idempotency-options.ts'
import { bindSubscriptions, middlewareProblems } from './subscription/bind-subscriptions.ts'
import { sourceTopics } from './subscription/source-topics.ts'

/** The options with their defaults, checked. */
export interface ConsumerSettings
  extends Omit<
    Required<ConsumerOptions>,
    'subscriptions' | 'retry' | 'floodGuard' | 'idempotency' | 'observer' | 'instanceId'
  > {
  readonly handlers: readonly BoundHandler[]
  readonly floodGuard: Required<FloodGuardOptions> | 'off'
  /** All topics to read, sorted. */
  readonly topics: readonly string[]
  /** Names of the subscriptions that start disabled. */
  readonly disabled: readonly string[]
  readonly idempotency: IdempotencyOptions | undefined
  readonly observer: ConsumerObserver | undefined
  readonly instanceId: string | undefined
}

type Plain = Omit<ConsumerSettings, 'handlers' | 'topics' | 'disabled'>

/** Fills in the defaults. @throws ConfigurationError with every problem at once */
export function resolveConsumerOptions(options: ConsumerOptions): ConsumerSettings {
  const settings: Plain = {
    broker: options.broker,
    groupId: options.groupId,
    concurrency: options.concurrency ?? 16,
    ordering: options.ordering ?? 'key',
    startFrom: options.startFrom ?? 'earliest',
    onOffsetOutOfRange: options.onOffsetOutOfRange ?? 'pause',
    sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
    rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? 60_000,
    instanceId: options.instanceId,
    deadLetterTopics: options.deadLetterTopics ?? 'create',
    floodGuard: floodGuardOf(options.floodGuard),
    unknownEvents: options.unknownEvents ?? 'skip',
    newerVersionGraceMs: options.newerVersionGraceMs ?? 60_000,
    errorStacks: options.errorStacks ?? 'omit',
    redact: options.redact ?? ((text) => text),
    commitIntervalMs: options.commitIntervalMs ?? 1_000,
    maxBufferedRecords: options.maxBufferedRecords ?? 1_000,
    maxBufferedBytes: options.maxBufferedBytes ?? 8_000_000,
    idempotency: options.idempotency,
    use: options.use ?? [],
    observer: options.observer,
    stuckAfterMs: options.stuckAfterMs ?? 300_000,
    context: options.context ?? eventContext,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    logger: options.logger ?? consoleLogger,
  }
  const problems = [...unknownOptions(options, settings), ...problemsOf(settings)]
  const given: readonly Subscription[] = Array.isArray(options.subscriptions) ? options.subscriptions : []
  if (given.length === 0) problems.push('subscriptions: at least one, made by on()')
  const { retry, use, idempotency } = options
  const common = {
    retry,
    use: Array.isArray(use) ? use : [],
    ordering: settings.ordering,
    hasStore: idempotency !== undefined,
  }
  const handlers = bindSubscriptions(given, common, problems)
  const disabled = given.filter((each) => each?.options?.enabled === false).map(({ name }) => name)
  if (options.topics !== undefined && !Array.isArray(options.topics)) problems.push('topics: a list of names')
  const givenTopics = Array.isArray(options.topics) ? options.topics : undefined
  const { topics, problems: topicProblems } = sourceTopics(handlers, givenTopics)
  problems.push(...topicProblems, ...topicNameProblems(topics, settings.groupId, handlers))
  if (problems.length > 0) throw new ConfigurationError('createConsumer', problems)
  return { ...settings, handlers, topics, disabled }
}

function* unknownOptions(options: ConsumerOptions, settings: Plain): Generator<string> {
  const known: ReadonlySet<string> = new Set([...Object.keys(settings), 'subscriptions', 'topics', 'retry'])
  for (const option of Object.keys(options)) if (!known.has(option)) yield `${option}: is no option`
}

/** Kafka's rule for names of topics; a group's name becomes part of one. */
const topicName = /^[a-zA-Z0-9._-]+$/

function* problemsOf(settings: Plain): Generator<string> {
  if (typeof settings.broker?.createConsumer !== 'function') yield 'broker: a broker such as createKafkaBroker() makes'
  if (typeof settings.groupId !== 'string' || !topicName.test(settings.groupId)) {
    yield 'groupId: a name of letters, digits, ".", "_" and "-", as it is part of the dead-letter topics\' names'
  }
  yield* wholeNumber(settings, 'concurrency', 1, 10_000)
  yield* wholeNumber(settings, 'sessionTimeoutMs', 1_000, 3_600_000)
  yield* wholeNumber(settings, 'rebalanceTimeoutMs', 1_000, 3_600_000)
  yield* wholeNumber(settings, 'stuckAfterMs', 1_000, 86_400_000)
  yield* wholeNumber(settings, 'commitIntervalMs', 1, 3_600_000)
  yield* wholeNumber(settings, 'maxBufferedRecords', 1, 1_000_000)
  yield* wholeNumber(settings, 'maxBufferedBytes', 1, 10_000_000_000)
  yield* oneOf(settings, 'ordering', ['key', 'partition', 'none'])
  yield* oneOf(settings, 'startFrom', ['earliest', 'latest'])
  yield* oneOf(settings, 'onOffsetOutOfRange', ['pause', 'earliest'])
  yield* oneOf(settings, 'deadLetterTopics', ['create', 'check'])
  yield* oneOf(settings, 'errorStacks', ['omit', 'include'])
  yield* oneOf(settings, 'unknownEvents', ['skip', 'dead-letter', 'pause'])
  yield* wholeNumber(settings, 'newerVersionGraceMs', 0, 86_400_000)
  yield* floodGuardProblems(settings.floodGuard)
  yield* middlewareProblems(settings.use)
  yield* storeProblems(settings.idempotency)
  yield* instanceProblems(settings)
  if (settings.observer !== undefined && typeof settings.observer !== 'function') yield 'observer: a function'
  if (typeof settings.redact !== 'function') yield 'redact: a function from text to text'
}

function* storeProblems(idempotency: IdempotencyOptions | undefined): Generator<string> {
  if (idempotency === undefined) return
  const { store, holdMs = 1 } = idempotency
  if (typeof store?.claim !== 'function')
    yield 'idempotency.store: a store such as createInMemoryIdempotencyStore() makes'
  if (!Number.isInteger(holdMs) || holdMs < 1) yield `idempotency.holdMs: a whole number from 1, not ${String(holdMs)}`
}

function* instanceProblems({ broker, instanceId }: Plain): Generator<string> {
  if (instanceId === undefined) return
  if (typeof instanceId !== 'string' || !topicName.test(instanceId) || instanceId.length > longestTopicName) {
    yield `instanceId: a name of letters, digits, ".", "_" and "-", at most ${longestTopicName} characters`
  }
  if (typeof broker?.createConsumer === 'function' && !broker.capabilities.staticMembership) {
    yield 'instanceId: this broker has no static membership (see `capabilities`); leave it out, a restarted member then gets its partitions in a rebalance'
  }
}

function* topicNameProblems(
  topics: readonly string[],
  groupId: string,
  handlers: readonly BoundHandler[],
): Generator<string> {
  const policies = handlers.map(({ policy }) => policy)
  for (const topic of topics) {
    if (typeof topic !== 'string' || !topicName.test(topic)) {
      yield `topics: ${JSON.stringify(topic)} is no name of a topic`
      continue
    }
    const tooLong = wantedTopics(topic, groupId, policies).find(({ name }) => name.length > longestTopicName)
    if (tooLong === undefined) continue
    yield `topics: the group's topic ${tooLong.name} has more than ${longestTopicName} characters; choose a shorter groupId`
  }
}

function floodGuardOf(options: ConsumerOptions['floodGuard'] = {}): ConsumerSettings['floodGuard'] {
  return typeof options === 'object' && options !== null ? { ...floodDefaults, ...options } : options
}

function* floodGuardProblems(options: unknown): Generator<string> {
  if (options === 'off') return
  if (typeof options !== 'object' || options === null) {
    yield `floodGuard: "off" or an object of options, not ${String(options)}`
    return
  }
  for (const [option, value] of Object.entries(options)) {
    if (!Object.hasOwn(floodDefaults, option)) yield `floodGuard.${option}: is no option`
    else if (!Number.isInteger(value) || value < 1)
      yield `floodGuard.${option}: a whole number from 1, not ${String(value)}`
  }
  const { records, deadLetters } = options as Required<FloodGuardOptions>
  if (deadLetters > records) yield `floodGuard.deadLetters: more than the ${records} records looked at`
}

type NumberOption = { [Option in keyof Plain]: Plain[Option] extends number ? Option : never }[keyof Plain]

function* wholeNumber(settings: Plain, option: NumberOption, least: number, most: number): Generator<string> {
  const value = settings[option]
  if (!Number.isInteger(value) || value < least || value > most) {
    yield `${option}: a whole number from ${least} to ${most}, not ${String(value)}`
  }
}

function* oneOf(settings: Plain, option: keyof Plain, words: readonly string[]): Generator<string> {
  const value: unknown = settings[option]
  if (typeof value !== 'string' || !words.includes(value)) {
    yield `${option}: ${words.map((word) => JSON.stringify(word)).join(' or ')}, not ${String(value)}`
  }
}
