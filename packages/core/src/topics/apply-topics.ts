import { ConfigurationError } from '../errors/configuration-error.ts'
import type { BrokerAdmin, TopicDescription, TopicSpec } from '../ports/broker-admin.ts'

/** A topic that exists with another number of partitions than declared. */
export interface TopicDifference {
  readonly name: string
  /** Seen from the broker: it has `fewer` or `more` partitions than declared. */
  readonly kind: 'fewer' | 'more'
  readonly declaredPartitions: number
  readonly actualPartitions: number
}

/** How declared topics stand on the broker. */
export interface TopicReport {
  /** Names created by this call. */
  readonly created: readonly string[]
  /** Names that were there before and are as declared. */
  readonly present: readonly string[]
  /** Those with another number of partitions: reported, never changed. More partitions would move keys, and with them their order. */
  readonly differing: readonly TopicDifference[]
  /** Names that are not there. Always empty when the call resolves in mode `check` or `create`, unless a topic was deleted meanwhile. */
  readonly missing: readonly string[]
}

/**
 * Brings declared topics into being, or checks that they are there. Existing topics stay as they are.
 *
 * @param admin started
 * @param options `create` makes what is missing; `check` changes nothing
 * @throws ConfigurationError `TOPICS_MISSING` in mode `check`, naming every missing topic
 */
export async function applyTopics(
  admin: BrokerAdmin,
  specs: readonly TopicSpec[],
  options: { readonly mode: 'create' | 'check' },
): Promise<TopicReport> {
  const names = specs.map((spec) => spec.name)
  const before = await admin.describeTopics(names)
  const absent = specs.filter((spec) => !before.some((topic) => topic.name === spec.name))
  if (absent.length === 0) return report(specs, before, [])
  if (options.mode === 'check') throw topicsMissing(absent)
  const created = await admin.createTopics(absent)
  // Somebody else may have created one with another shape in the meantime.
  return report(specs, await admin.describeTopics(names), created)
}

function report(
  specs: readonly TopicSpec[],
  topics: readonly TopicDescription[],
  created: readonly string[],
): TopicReport {
  const partitionsOf = new Map(topics.map((topic) => [topic.name, topic.partitions]))
  const present: string[] = []
  const differing: TopicDifference[] = []
  const missing: string[] = []
  for (const { name, partitions } of specs) {
    const actual = partitionsOf.get(name)
    if (actual === undefined) missing.push(name)
    else if (actual !== partitions) {
      const kind = actual < partitions ? 'fewer' : 'more'
      differing.push({ name, kind, declaredPartitions: partitions, actualPartitions: actual })
    } else if (!created.includes(name)) present.push(name)
  }
  return { created, present, differing, missing }
}

function topicsMissing(absent: readonly TopicSpec[]): ConfigurationError {
  const problems = absent.map((spec) => `${spec.name} (${spec.partitions} partitions) does not exist`)
  return new ConfigurationError('topics', [...problems, 'create them with: ledgerbus topic apply'], {
    code: 'TOPICS_MISSING',
  })
}
