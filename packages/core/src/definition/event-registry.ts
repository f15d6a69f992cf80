import { ConfigurationError } from '../errors/configuration-error.ts'
import type { TopicSpec } from '../ports/broker-admin.ts'
import { isEventDefinition } from './define-event.ts'
import type { EventDefinition } from './event-definition.ts'
import { type EventPattern, matchesPattern, parseEventPattern } from './event-pattern.ts'
import { topicConflicts, topicSpecsOf } from './topic-specs.ts'

/** The events a service knows. */
export interface EventRegistry {
  /** In the order given. */
  readonly definitions: readonly EventDefinition[]
  /** The definition of a name. */
  find(name: string): EventDefinition | undefined
  /** The definitions whose names fit a pattern, in the order given. @throws ConfigurationError for a malformed pattern */
  match(pattern: string | EventPattern): readonly EventDefinition[]
  /** Their topics, each once, sorted by name. */
  topics(): readonly TopicSpec[]
}

/**
 * Collects definitions. Frozen.
 *
 * @throws ConfigurationError when a name stands twice or two definitions describe one topic differently
 */
export function createEventRegistry(definitions: readonly EventDefinition[]): EventRegistry {
  const problems: string[] = []
  const byName = new Map<string, EventDefinition>()
  for (const [index, definition] of definitions.entries()) {
    if (!isEventDefinition(definition)) {
      problems.push(`entry ${index} was not made by defineEvent`)
      continue
    }
    const first = byName.get(definition.name)
    if (first === undefined) byName.set(definition.name, definition)
    else problems.push(`${definition.name} is defined twice: ${summary(first)} and ${summary(definition)}`)
  }
  const all = Object.freeze([...byName.values()])
  problems.push(...topicConflicts(all))
  if (problems.length > 0) throw new ConfigurationError('event registry', problems)
  return Object.freeze({
    definitions: all,
    find: (name: string) => byName.get(name),
    match(pattern: string | EventPattern) {
      const parsed = typeof pattern === 'string' ? parseEventPattern(pattern) : pattern
      return all.filter((definition) => matchesPattern(parsed, definition.name))
    },
    topics: () => topicSpecsOf(all),
  })
}

function summary(definition: EventDefinition): string {
  return `version ${definition.version}, ${JSON.stringify(definition.description)}`
}
