import type { EventDefinition, EventInput, EventOf } from '../definition/event-definition.ts'
import type { EventIssue } from '../errors/event-issue.ts'
import { EventValidationError, payloadError } from '../errors/event-validation-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { EventContext } from '../ports/event-context.ts'
import type { Ids } from '../ports/ids.ts'
import { userHeaderIssues } from './header-rules.ts'
import { joinPath } from './json-path.ts'
import { checkPayloadStrictly } from './payload-check.ts'
import { actorOf, check, entityOf, metricsOf, optionalText, timestampIn } from './publish-fields.ts'
import { keyProblem } from './record-key.ts'
import { sourceProblem, textProblem, uuidProblem } from './text-rules.ts'
import { timestampOf } from './timestamp.ts'

/** What an envelope gets from its surroundings. */
export interface EnvelopeOptions {
  /** The publishing service: a name or URI. */
  readonly source: string
  readonly clock: Clock
  readonly ids: Ids
  /** Of the event being handled; gives correlation and causation where the input does not. */
  readonly context?: EventContext | undefined
}

const inputKeys: ReadonlySet<string> = new Set([
  'payload',
  'entityId',
  'entityType',
  'actor',
  'organizationId',
  'correlationId',
  'causationId',
  'timestamp',
  'eventId',
  'key',
  'headers',
  'metrics',
])

/**
 * Makes an event of a definition. Strict: what is not declared is refused, also deep inside the payload, and what JSON cannot carry is refused
 * with its path. Of overlapping objects in a `z.union()` zod takes the first that fits, so there the widest stands first.
 *
 * An event without correlation begins a story of its own: its correlation id is its event id.
 *
 * @throws EventValidationError with every issue at once
 */
export function createEnvelope<Definition extends EventDefinition>(
  definition: Definition,
  input: EventInput<Definition>,
  options: EnvelopeOptions,
): EventOf<Definition> {
  const issues: EventIssue[] = []
  const fields = fieldsOf(definition, input, issues)
  const { context } = options
  const eventId = optionalText('eventId', fields['eventId'] ?? options.ids.next(), uuidProblem, issues)
  const correlationId =
    optionalText('correlationId', fields['correlationId'], uuidProblem, issues) ??
    optionalText('context.correlationId', context?.correlationId, uuidProblem, issues) ??
    eventId
  const causationId =
    optionalText('causationId', fields['causationId'], uuidProblem, issues) ??
    optionalText('context.causationId', context?.causationId, uuidProblem, issues)
  const timestamp = timestampIn(fields['timestamp'], issues) ?? timestampOf(options.clock.nowMs())
  const organizationId = optionalText('organizationId', fields['organizationId'], textProblem, issues)
  const entity = entityOf(definition, fields, issues)
  const actor = actorOf(definition, fields['actor'], issues)
  const metrics = metricsOf(fields['metrics'], issues)
  check('source', options.source, sourceProblem, issues)
  optionalText('key', fields['key'] ?? undefined, keyProblem, issues)
  issues.push(...userHeaderIssues(fields['headers']))
  const checked = checkPayloadStrictly(definition.payload, fields['payload'] ?? {})
  if (checked.kind === 'failed') {
    throw payloadError(definition.name, [...issues, ...checked.issues], checked.thrown)
  }
  if (issues.length > 0) throw new EventValidationError(definition.name, issues)
  const envelope = {
    eventId,
    name: definition.name,
    version: definition.version,
    correlationId,
    ...(causationId !== undefined && { causationId }),
    timestamp,
    source: options.source,
    ...(organizationId !== undefined && { organizationId }),
    ...(entity !== undefined && { entity }),
    action: definition.action,
    ...(actor !== undefined && { actor }),
    payload: checked.payload,
    ...(metrics !== undefined && { metrics }),
  }
  // Checked against the definition above; the compiler cannot follow that.
  return envelope as unknown as EventOf<Definition>
}

function fieldsOf(
  definition: EventDefinition,
  input: unknown,
  issues: EventIssue[],
): Readonly<Record<string, unknown>> {
  if (typeof input !== 'object' || input === null) {
    throw new EventValidationError(definition.name, [{ path: '', message: 'must be an object with the payload' }])
  }
  for (const key of Object.keys(input)) {
    if (!inputKeys.has(key)) issues.push({ path: joinPath('', key), message: 'is no field of a publish' })
  }
  return input as Readonly<Record<string, unknown>>
}
