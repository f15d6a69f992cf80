import {
  type BrokerAdmin,
  ConfigurationError,
  laneSourceOf,
  type Logger,
  type RetryPolicy,
  type TopicDescription,
  type TopicSpec,
} from '@ledgerbus/core'
import { type WantedTopic, wantedTopics } from '../retry-topics/wanted-topics.ts'

export interface PrepareTopicsOptions {
  readonly topics: readonly string[]
  readonly groupId: string
  /** Of all handlers: their delays have topics. */
  readonly policies: readonly RetryPolicy[]
  readonly mode: 'create' | 'check'
  readonly logger: Logger
}

/** What a dead letter may add to its record, in bytes: 12 KiB of facts, and slack for the batch around it. */
const addedBytes = 16_384
const dayMs = 86_400_000
/** What waits in a retry topic has to outlive the longest time in which nobody reads it. */
const retryRetentionMs = 30 * dayMs

/**
 * Makes sure that a group can read its topics, try their records again and set them aside.
 *
 * Topics that are made have as many partitions and replicas as their source. Dead letters stay until somebody deletes them; what is to be tried again stays for 30 days
 * beyond its delay.
 *
 * @param admin started
 * @returns the group's retry topics, to be read too. Also those that no handler needs any more: what stands in them is not done.
 * @throws ConfigurationError `TOPICS_MISSING`, `DEAD_LETTER_TOPICS_UNFIT`
 */
export async function prepareTopics(admin: BrokerAdmin, options: PrepareTopicsOptions): Promise<readonly string[]> {
  const { topics, groupId, policies, mode, logger } = options
  const sources = await admin.describeTopics(topics)
  throwIfMissing(topics.filter((topic) => !sources.some((source) => source.name === topic)))
  const wanted = sources.flatMap((source) =>
    wantedTopics(source.name, groupId, policies).map((topic) => ({ topic, spec: specOf(topic, source) })),
  )
  const specs = wanted.map(({ spec }) => spec)
  const names = specs.map((spec) => spec.name)
  const found = await admin.describeTopics(names)
  const absent = specs.filter((spec) => !found.some((topic) => topic.name === spec.name))
  if (mode === 'check') throwIfMissing(absent.map((spec) => spec.name))
  if (absent.length > 0) await admin.createTopics(absent)
  // Looked at again: somebody else may have created one with another shape in the meantime.
  const present = await admin.describeTopics(names)
  const problems = wanted.flatMap(({ topic: wantedTopic, spec }) => {
    const topic = present.find((each) => each.name === spec.name)
    if (topic === undefined) return [`${spec.name} was deleted just now; start again`]
    warnIfTight(topic, spec, logger)
    return [...problemsOf(topic, spec, wantedTopic)]
  })
  if (problems.length > 0) {
    throw new ConfigurationError('dead-letter topics', problems, { code: 'DEAD_LETTER_TOPICS_UNFIT' })
  }
  const wantedNames = wanted.filter(({ topic }) => topic.use === 'retry').map(({ topic }) => topic.name)
  return [...new Set([...wantedNames, ...(await formerRetryTopics(admin, topics, groupId))])].toSorted()
}

/** A policy was changed: records moved under the former one still wait. */
async function formerRetryTopics(admin: BrokerAdmin, topics: readonly string[], groupId: string): Promise<string[]> {
  const names = await admin.listTopics()
  return names.filter((name) => {
    const source = laneSourceOf(name, groupId)
    return source !== undefined && topics.includes(source)
  })
}

function throwIfMissing(topics: readonly string[]): void {
  if (topics.length === 0) return
  const problems = topics.map((topic) => `${topic} does not exist`)
  const remedy = 'create them with: ledgerbus topic apply'
  throw new ConfigurationError('topics', [...problems, remedy], { code: 'TOPICS_MISSING' })
}

function specOf({ name, use, delayMs }: WantedTopic, source: TopicDescription): TopicSpec {
  const sourceMaxBytes = source.settings['max.message.bytes']
  const { partitions, replicationFactor } = source
  // A note for each dead letter, the last one kept.
  if (use === 'notes') return { name, partitions, replicationFactor, settings: { 'cleanup.policy': 'compact' } }
  return {
    name,
    partitions,
    replicationFactor,
    settings: {
      'cleanup.policy': 'delete',
      // A dead letter that disappears by itself after a week is a lost record.
      'retention.ms': use === 'dead-letters' ? '-1' : String(retryRetentionMs + delayMs),
      // Only where the source has its own limit: the broker's default is unknown here, and what we publish stays 48 kB below Kafka's.
      ...(sourceMaxBytes !== undefined && { 'max.message.bytes': String(Number(sourceMaxBytes) + addedBytes) }),
    },
  }
}

function* problemsOf(topic: TopicDescription, spec: TopicSpec, { use, delayMs }: WantedTopic): Generator<string> {
  if (topic.partitions < spec.partitions) {
    yield `${topic.name} has ${topic.partitions} partitions, its source ${spec.partitions}; add partitions to it`
  }
  if (use === 'notes') return
  if (topic.settings['cleanup.policy']?.includes('compact') === true) {
    const what = use === 'retry' ? 'record' : 'dead letter'
    yield `${topic.name} is compacted, which deletes all but the last ${what} of a key; set cleanup.policy=delete`
  }
  if (use === 'dead-letters') return
  const retentionMs = Number(topic.settings['retention.ms'] ?? -1)
  if (retentionMs >= 0 && retentionMs < delayMs + dayMs) {
    yield `${topic.name} keeps records for ${retentionMs} ms, and they wait ${delayMs} ms in it before anybody looks at them; set retention.ms to ${retryRetentionMs + delayMs}`
  }
  if (Number(topic.settings['retention.bytes'] ?? -1) >= 0) {
    yield `${topic.name} deletes records once it has ${topic.settings['retention.bytes']} bytes, whether or not they were handled; set retention.bytes=-1`
  }
}

function warnIfTight(topic: TopicDescription, spec: TopicSpec, logger: Logger): void {
  const needed = spec.settings?.['max.message.bytes']
  const actual = topic.settings['max.message.bytes']
  if (needed === undefined || (actual !== undefined && Number(actual) >= Number(needed))) return
  logger.warn(
    { topic: topic.name, maxMessageBytes: actual ?? "the broker's default", needed },
    'the dead-letter topic takes smaller records than may have to be set aside; such a record would hold its key, set max.message.bytes',
  )
}
