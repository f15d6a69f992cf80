import {
  type AuditLogReader,
  type Broker,
  type Clock,
  ConfigurationError,
  type EventDefinition,
  type Ids,
  type Logger,
  type Random,
} from '@ledgerbus/core'
import type { ReplayTransform } from './run/replay-transform.ts'
import { transformProblems } from './run/transform-problems.ts'
import { unknownFields } from './unknown-fields.ts'

/** What replays stand on. */
export interface CreateReplayOptions {
  readonly broker: Broker
  /** Started and closed by the caller. @default none: replays are read straight from Kafka */
  readonly auditLog?: AuditLogReader
  /** Definitions against which entries are checked when a plan is made, and by which `content: 'latest'` makes records. @default none */
  readonly events?: readonly EventDefinition[]
  /** What may make the records of a replay, by the name that a request gives. The same for whoever plans and whoever runs. @default none */
  readonly transforms?: Readonly<Record<string, ReplayTransform>>
  /** Topics that replays may publish to, as names or patterns. @default any */
  readonly allowedTargets?: readonly string[]
  /** Most entries that a run may have, whoever made its plan; a request may allow fewer, not more. A larger plan can be looked at. @default any number */
  readonly maxEntries?: number
  /** The consumer groups of your sinks: they store what is replayed, so nobody is asked because of them. @default `ledgerbus-audit-sink`, that of a sink without a group id of its own */
  readonly sinkGroups?: readonly string[]
  /** @default the system's */
  readonly clock?: Clock
  /** Makes replay ids. @default UUID version 7 */
  readonly ids?: Ids
  /** Spreads waits. @default the system's */
  readonly random?: Random
  /** @default warnings and errors on stderr */
  readonly logger?: Logger
}

const knownOptions = Object.freeze({
  broker: true,
  auditLog: true,
  events: true,
  transforms: true,
  allowedTargets: true,
  maxEntries: true,
  sinkGroups: true,
  clock: true,
  ids: true,
  random: true,
  logger: true,
} satisfies Record<keyof CreateReplayOptions, true>)

/**
 * For callers without types: what is mixed up is told here, not in the middle of a plan. A guard rail that is misspelled would be none.
 *
 * @throws ConfigurationError with every problem
 */
export function checkReplayOptions(options: CreateReplayOptions): void {
  const problems = [...problemsOf(options as unknown as Readonly<Record<string, unknown>>)]
  if (problems.length > 0) throw new ConfigurationError('createReplay', problems)
}

function* problemsOf(options: Readonly<Record<string, unknown>>): Generator<string> {
  yield* unknownFields(options, knownOptions)
  const { broker, auditLog, transforms, allowedTargets, maxEntries, sinkGroups } = options
  if (!hasMethod(broker, 'createProducer')) yield 'broker: what createKafkaBroker or another adapter returns'
  if (auditLog !== undefined && !hasMethod(auditLog, 'summarize')) {
    yield 'auditLog: what createAuditLog or another reader of it returns'
  }
  yield* transformProblems(transforms)
  if (allowedTargets !== undefined && !isOfTexts(allowedTargets)) {
    yield 'allowedTargets: a list of names or patterns of topics'
  }
  if (maxEntries !== undefined && !(Number.isSafeInteger(maxEntries) && Number(maxEntries) > 0)) {
    yield 'maxEntries: a whole number above 0, or leave it out for any number'
  }
  if (sinkGroups !== undefined && !isOfTexts(sinkGroups)) yield 'sinkGroups: a list of consumer groups'
}

function hasMethod(part: unknown, name: string): boolean {
  return typeof part === 'object' && part !== null && typeof Reflect.get(part, name) === 'function'
}

function isOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((member: unknown) => typeof member === 'string' && member !== '')
}
