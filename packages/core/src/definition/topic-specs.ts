import { ConfigurationError } from '../errors/configuration-error.ts'
import type { TopicSpec } from '../ports/broker-admin.ts'
import type { EventDefinition } from './event-definition.ts'

/**
 * The topics of definitions, each once, sorted by name.
 *
 * @throws ConfigurationError when two definitions describe one topic differently
 */
export function topicSpecsOf(definitions: readonly EventDefinition[]): TopicSpec[] {
  const problems = topicConflicts(definitions)
  if (problems.length > 0) throw new ConfigurationError('topics', problems)
  const byName = new Map(definitions.map(({ topic }) => [topic.name, topic]))
  return [...byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** Definitions that describe one topic differently, a sentence each. */
export function topicConflicts(definitions: readonly EventDefinition[]): string[] {
  const firstOf = new Map<string, EventDefinition>()
  const problems: string[] = []
  for (const definition of definitions) {
    const first = firstOf.get(definition.topic.name)
    if (first === undefined) firstOf.set(definition.topic.name, definition)
    else if (shape(first.topic) !== shape(definition.topic)) {
      problems.push(
        `${first.name} and ${definition.name} describe topic ${definition.topic.name} differently (${shape(first.topic)} and ${shape(definition.topic)}); declare the topic once and give it to both`,
      )
    }
  }
  return problems
}

function shape(topic: TopicSpec): string {
  const settings = Object.entries(topic.settings ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
  return [
    `${topic.partitions} partitions`,
    ...(topic.replicationFactor === undefined ? [] : [`${topic.replicationFactor} replicas`]),
    ...settings,
  ].join(', ')
}
