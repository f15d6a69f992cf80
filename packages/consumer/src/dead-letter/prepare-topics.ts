import {
  type BrokerAdmin,
  ConfigurationError,
  deadLetterTopicOf,
  type Logger,
  type TopicDescription,
  type TopicSpec,
} from '@ledgerbus/core'

export interface PrepareTopicsOptions {
  readonly topics: readonly string[]
  readonly groupId: string
  readonly mode: 'create' | 'check'
  readonly logger: Logger
}

/** What a dead letter may add to its record, in bytes: 12 KiB of facts, and slack for the batch around it. */
const addedBytes = 16_384

/**
 * Makes sure that a group can read its topics and set their records aside.
 *
 * Dead-letter topics that are made have as many partitions and replicas as their source, and keep their records until somebody deletes them.
 *
 * @param admin started
 * @throws ConfigurationError `TOPICS_MISSING`, `DEAD_LETTER_TOPICS_UNFIT`
 */
export async function prepareTopics(admin: BrokerAdmin, options: PrepareTopicsOptions): Promise<void> {
  const { topics, groupId, mode, logger } = options
  const sources = await admin.describeTopics(topics)
  throwIfMissing(topics.filter((topic) => !sources.some((source) => source.name === topic)))
  const wanted = sources.map((source) => deadLetterSpec(source, groupId))
  const names = wanted.map((spec) => spec.name)
  const found = await admin.describeTopics(names)
  const absent = wanted.filter((spec) => !found.some((topic) => topic.name === spec.name))
  if (mode === 'check') throwIfMissing(absent.map((spec) => spec.name))
  if (absent.length > 0) await admin.createTopics(absent)
  // Looked at again: somebody else may have created one with another shape in the meantime.
  const present = await admin.describeTopics(names)
  const problems = wanted.flatMap((spec) => {
    const topic = present.find((each) => each.name === spec.name)
    if (topic === undefined) return [`${spec.name} was deleted just now; start again`]
    warnIfTight(topic, spec, logger)
    return [...problemsOf(topic, spec)]
  })
  if (problems.length === 0) return
  throw new ConfigurationError('dead-letter topics', problems, { code: 'DEAD_LETTER_TOPICS_UNFIT' })
}

function throwIfMissing(topics: readonly string[]): void {
  if (topics.length === 0) return
  const problems = topics.map((topic) => `${topic} does not exist`)
  const remedy = 'create them with: ledgerbus topic apply'
  throw new ConfigurationError('topics', [...problems, remedy], { code: 'TOPICS_MISSING' })
}

function deadLetterSpec(source: TopicDescription, groupId: string): TopicSpec {
  const sourceMaxBytes = source.settings['max.message.bytes']
  return {
    name: deadLetterTopicOf(source.name, groupId),
    partitions: source.partitions,
    replicationFactor: source.replicationFactor,
    settings: {
      'cleanup.policy': 'delete',
      // A dead letter that disappears by itself after a week is a lost record.
      'retention.ms': '-1',
      // Only where the source has its own limit: the broker's default is unknown here, and what we publish stays 48 kB below Kafka's.
      ...(sourceMaxBytes !== undefined && { 'max.message.bytes': String(Number(sourceMaxBytes) + addedBytes) }),
    },
  }
}

function* problemsOf(topic: TopicDescription, spec: TopicSpec): Generator<string> {
  if (topic.partitions < spec.partitions) {
    yield `${topic.name} has ${topic.partitions} partitions, its source ${spec.partitions}; add partitions to it`
  }
  if (topic.settings['cleanup.policy']?.includes('compact') === true) {
    yield `${topic.name} is compacted, which deletes all but the last dead letter of a key; set cleanup.policy=delete`
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
