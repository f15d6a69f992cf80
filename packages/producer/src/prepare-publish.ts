import {
  ConfigurationError,
  createEnvelope,
  encodeEnvelope,
  type Envelope,
  type EventDefinition,
  type EventInput,
  type EventIssue,
  EventValidationError,
  eventHeaders,
  type ProducerRecord,
  recordKeyOf,
} from '@ledgerbus/core'
import { closestName } from './closest-name.ts'
import type { PreparedPublish } from './pending-publish.ts'
import type { ProducerSettings } from './producer-options.ts'
import { PublishError } from './publish-error.ts'
import { recordBytes } from './record-bytes.ts'

const encoder = new TextEncoder()

/**
 * From the caller's input to the record. Nothing has been sent yet.
 *
 * @throws ConfigurationError, EventValidationError, PublishError `PUBLISH_TOO_LARGE`
 */
export function preparePublish<Definition extends EventDefinition>(
  definition: Definition,
  input: EventInput<Definition>,
  settings: ProducerSettings,
): PreparedPublish {
  checkListed(definition, settings)
  const { source, clock, ids } = settings
  const context = settings.context.current()
  const envelope: Envelope = createEnvelope(definition, input, { source, clock, ids, context })
  const key = recordKeyOf(definition, envelope, input.key)
  const { traceparent, tracestate } = context ?? {}
  const record: ProducerRecord = {
    key: key === null ? null : encoder.encode(key),
    value: encodeEnvelope(envelope),
    headers: eventHeaders(envelope, { key, traceparent, tracestate, headers: input.headers }),
    // Set once, so that a repeated append carries the same time.
    timestampMs: BigInt(Math.trunc(clock.nowMs())),
  }
  const { eventId, name: eventName } = envelope
  const prepared = { eventName, eventId, topic: definition.topic.name, record, bytes: recordBytes(record) }
  checkSize(prepared, settings.maxRecordBytes)
  return prepared
}

/**
 * The same for many inputs: all or none.
 *
 * @throws EventValidationError with the issues of all inputs, `[3].payload.after.total` is the fourth's
 */
export function prepareAll<Definition extends EventDefinition>(
  definition: Definition,
  inputs: readonly EventInput<Definition>[],
  settings: ProducerSettings,
): PreparedPublish[] {
  const issues: EventIssue[] = []
  let first: EventValidationError | undefined
  const prepared = inputs.flatMap((input, index) => {
    try {
      return [preparePublish(definition, input, settings)]
    } catch (error) {
      if (!(error instanceof EventValidationError)) throw error
      first ??= error
      for (const { path, message } of error.issues) {
        issues.push({ path: path === '' ? `[${index}]` : `[${index}].${path}`, message })
      }
      return []
    }
  })
  if (first === undefined) return prepared
  throw new EventValidationError(definition.name, issues, { code: first.code, cause: first })
}

function checkListed(definition: EventDefinition, { registry }: ProducerSettings): void {
  const { name } = definition
  const listed = registry.find(name)
  if (listed === definition) return
  if (listed !== undefined) {
    throw new ConfigurationError('publish', [
      `${name} is listed in \`events\` of createProducer as another definition of this name; publish that one`,
    ])
  }
  const meant = closestName(
    name,
    registry.definitions.map((candidate) => candidate.name),
  )
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  throw new ConfigurationError('publish', [
    `${name} is not among the producer's events${hint}; list its definition in \`events\` of createProducer`,
  ])
}

function checkSize({ eventName, eventId, topic, bytes }: PreparedPublish, maxRecordBytes: number): void {
  if (bytes <= maxRecordBytes) return
  throw new PublishError(
    `${eventName} ${eventId}: ${bytes} bytes, more than maxRecordBytes (${maxRecordBytes}); ` +
      'store the large part elsewhere and publish where it is',
    { code: 'PUBLISH_TOO_LARGE', eventName, eventId, topic },
  )
}
