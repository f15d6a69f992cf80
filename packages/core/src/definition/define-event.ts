import type { Envelope } from '../envelope/envelope.ts'
import { ConfigurationError } from '../errors/configuration-error.ts'
import type { TopicSpec } from '../ports/broker-admin.ts'
import { definitionProblems } from './definition-problems.ts'
import type { EventDefinition, EventOf, PayloadInput, PayloadSchemas } from './event-definition.ts'
import { firstWord, lastWord } from './event-name.ts'
import { frozenCopy } from './plain-copy.ts'
import type { Upcasters } from './upcaster.ts'

const mark: unique symbol = Symbol.for('ledgerbus.event-definition')
const defaultPartitions = 6

/** What a definition may say of its topic. */
export interface EventTopic {
  readonly name: string
  /** @default 6 */
  readonly partitions?: number
  /** @default the broker's */
  readonly replicationFactor?: number
  /** Kafka's own topic settings. */
  readonly settings?: Readonly<Record<string, string>>
}

/** What `defineEvent` takes besides the name. */
export interface EventOptions<
  Name extends string,
  Payload extends PayloadSchemas,
  RequireActor extends boolean,
  RequireEntity extends boolean,
> {
  /** 1 to 65,535; rises when the payload's meaning changes. */
  readonly version: number
  /** One sentence for people. */
  readonly description: string
  /** Whether each event names who caused it. @default false */
  readonly requireActor?: RequireActor
  /** Whether each event names the entity it is about. @default false */
  readonly requireEntity?: RequireEntity
  /** A zod schema for each part that an event has. */
  readonly payload: Payload & { readonly [Part in Exclude<keyof Payload, keyof PayloadSchemas>]: never }
  /** Name, or name and shape. Events of one entity type share a topic and so keep their order. @default the name's first word, 6 partitions */
  readonly topic?: string | EventTopic
  /** @default the name's first word */
  readonly entityType?: string
  /** @default the name's last word */
  readonly action?: string
  /** The record's key: events with one key keep their order. `null`: no key. @default the entity's id */
  readonly key?: (
    event: EventOf<EventDefinition<NoInfer<Name>, NoInfer<Payload>, NoInfer<RequireActor>, NoInfer<RequireEntity>>>,
  ) => string | null
  /**
   * How older versions become this one: `{ 1: (payload) => payloadOfVersion2, 2: ... }`, without gaps up to `version`. Events of versions below
   * the first are not known. @default none, so that only `version` itself is known
   */
  readonly upcast?: Upcasters
  /** A payload for documentation and tests; must fit the schemas. */
  readonly example?: PayloadInput<NoInfer<Payload>>
}

/**
 * Declares an event. Everything else follows from the returned value: what publish takes, what handlers get, the topic.
 *
 * Schemas describe what travels, so they must be synchronous and must not change values: no transforms, codecs or `catch()`, nothing that JSON
 * has no form for (dates, bigint, maps, sets). Defaults, coercion and trimming are fine: their result is what is published.
 *
 * @param name words of `a-z`, `0-9` and `_` joined by dots: `order.created`
 * @throws ConfigurationError with every problem at once
 */
export function defineEvent<
  const Name extends string,
  const Payload extends PayloadSchemas,
  RequireActor extends boolean = false,
  RequireEntity extends boolean = false,
>(
  name: Name,
  options: EventOptions<Name, Payload, RequireActor, RequireEntity>,
): EventDefinition<Name, Payload, RequireActor, RequireEntity> {
  const problems = definitionProblems(name, options)
  if (problems.length > 0) throw new ConfigurationError(`event ${JSON.stringify(name)}`, problems)
  const key = options.key ?? ((event: Envelope) => event.entity?.id ?? null)
  const definition = {
    name,
    version: options.version,
    description: options.description,
    topic: topicSpec(options.topic ?? firstWord(name)),
    entityType: options.entityType ?? firstWord(name),
    action: options.action ?? lastWord(name),
    requireActor: options.requireActor ?? false,
    requireEntity: options.requireEntity ?? false,
    // Schemas themselves are not frozen: zod fills caches in them.
    payload: Object.freeze({ ...options.payload }),
    ...(options.upcast !== undefined && { upcast: Object.freeze({ ...options.upcast }) }),
    ...(options.example !== undefined && { example: frozenCopy(options.example) }),
    key,
  }
  Object.defineProperty(definition, mark, { value: true })
  // The defaults of the type parameters are the defaults above; the compiler cannot follow that.
  return Object.freeze(definition) as unknown as EventDefinition<Name, Payload, RequireActor, RequireEntity>
}

/** Whether `value` was made by `defineEvent`; true across installed copies. */
export function isEventDefinition(value: unknown): value is EventDefinition {
  return typeof value === 'object' && value !== null && mark in value
}

function topicSpec(topic: string | EventTopic): TopicSpec {
  if (typeof topic === 'string') return Object.freeze({ name: topic, partitions: defaultPartitions })
  return Object.freeze({
    name: topic.name,
    partitions: topic.partitions ?? defaultPartitions,
    ...(topic.replicationFactor !== undefined && { replicationFactor: topic.replicationFactor }),
    ...(topic.settings !== undefined && { settings: Object.freeze({ ...topic.settings }) }),
  })
}
