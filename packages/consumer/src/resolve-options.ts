import { eventContext } from '@ledgerbus/context'
import {
  ConfigurationError,
  consoleLogger,
  deadLetterTopicOf,
  longestTopicName,
  systemClock,
  systemRandom,
} from '@ledgerbus/core'
import type { ConsumerOptions } from './consumer-options.ts'
import type { BoundHandler } from './subscription/bound-handler.ts'
import { bindSubscriptions } from './subscription/bind-subscriptions.ts'
import { sourceTopics } from './subscription/source-topics.ts'

/** The options with their defaults, checked. */
export interface ConsumerSettings extends Omit<Required<ConsumerOptions>, 'subscriptions' | 'retry'> {
  readonly handlers: readonly BoundHandler[]
  /** All topics to read, sorted. */
  readonly topics: readonly string[]
}

type Plain = Omit<ConsumerSettings, 'handlers' | 'topics'>

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
    deadLetterTopics: options.deadLetterTopics ?? 'create',
    errorStacks: options.errorStacks ?? 'omit',
    redact: options.redact ?? ((text) => text),
    commitIntervalMs: options.commitIntervalMs ?? 1_000,
    maxBufferedRecords: options.maxBufferedRecords ?? 1_000,
    maxBufferedBytes: options.maxBufferedBytes ?? 8_000_000,
    context: options.context ?? eventContext,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    logger: options.logger ?? consoleLogger,
  }
  const problems = [...unknownOptions(options, settings), ...problemsOf(settings)]
  const given = Array.isArray(options.subscriptions) ? options.subscriptions : []
  if (given.length === 0) problems.push('subscriptions: at least one, made by on()')
  const handlers = bindSubscriptions(given, options.retry, problems)
  if (options.topics !== undefined && !Array.isArray(options.topics)) problems.push('topics: a list of names')
  const givenTopics = Array.isArray(options.topics) ? options.topics : undefined
  const { topics, problems: topicProblems } = sourceTopics(handlers, givenTopics)
  problems.push(...topicProblems, ...topicNameProblems(topics, settings.groupId))
  if (problems.length > 0) throw new ConfigurationError('createConsumer', problems)
  return { ...settings, handlers, topics }
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
  yield* wholeNumber(settings, 'commitIntervalMs', 1, 3_600_000)
  yield* wholeNumber(settings, 'maxBufferedRecords', 1, 1_000_000)
  yield* wholeNumber(settings, 'maxBufferedBytes', 1, 10_000_000_000)
  yield* oneOf(settings, 'ordering', ['key', 'partition', 'none'])
  yield* oneOf(settings, 'startFrom', ['earliest', 'latest'])
  yield* oneOf(settings, 'onOffsetOutOfRange', ['pause', 'earliest'])
  yield* oneOf(settings, 'deadLetterTopics', ['create', 'check'])
  yield* oneOf(settings, 'errorStacks', ['omit', 'include'])
  if (typeof settings.redact !== 'function') yield 'redact: a function from text to text'
}

function* topicNameProblems(topics: readonly string[], groupId: string): Generator<string> {
  for (const topic of topics) {
    if (typeof topic !== 'string' || !topicName.test(topic)) {
      yield `topics: ${JSON.stringify(topic)} is no name of a topic`
    } else if (deadLetterTopicOf(topic, groupId).length > longestTopicName) {
      yield `topics: the dead-letter topic ${deadLetterTopicOf(topic, groupId)} has more than ${longestTopicName} characters; choose a shorter groupId`
    }
  }
}

function* wholeNumber(
  settings: Plain,
  option: 'concurrency' | 'sessionTimeoutMs' | 'commitIntervalMs' | 'maxBufferedRecords' | 'maxBufferedBytes',
  least: number,
  most: number,
): Generator<string> {
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
