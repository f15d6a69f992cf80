import { EventValidationError } from '../errors/event-validation-error.ts'
import type { RecordHeader } from '../ports/record.ts'
import type { Envelope } from './envelope.ts'
import { headerNames } from './header-names.ts'
import { headerLimits, headerSizeIssues, userHeaderIssues } from './header-rules.ts'
import { textHeader } from './headers.ts'
import { isPrintable, utf8Length } from './text-rules.ts'

/** What stands in the headers besides the envelope's facts. */
export interface EventHeaderOptions {
  /** The record's key. */
  readonly key?: string | null | undefined
  /** W3C trace context; one among the user's own headers wins. */
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
  /** The user's own. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** The same for every event, so encoded once. */
const constantHeaders: readonly RecordHeader[] = [
  textHeader(headerNames.contentType, 'application/json'),
  textHeader(headerNames.specVersion, '1.0'),
]

/**
 * The headers of an event's record: CloudEvents 1.0 in binary mode (cloudevents/spec, Kafka protocol binding), trace context, then the user's
 * own in their order. They route; the truth is the value.
 *
 * `ce_partitionkey` is left out where the key is no CloudEvents string (control characters, more than 8 KiB); the record's key is unaffected.
 *
 * @throws EventValidationError when the user's headers take our names or the headers exceed `headerLimits`
 */
export function eventHeaders(envelope: Envelope, options: EventHeaderOptions = {}): RecordHeader[] {
  const own = options.headers ?? {}
  const facts: [name: string, text: string | undefined][] = [
    [headerNames.id, envelope.eventId],
    [headerNames.type, envelope.name],
    [headerNames.source, envelope.source],
    [headerNames.time, envelope.timestamp],
    [headerNames.subject, envelope.entity && `${envelope.entity.type}/${envelope.entity.id}`],
    [headerNames.correlationId, envelope.correlationId],
    [headerNames.causationId, envelope.causationId],
    [headerNames.partitionKey, partitionKeyText(options.key)],
    [headerNames.traceparent, Object.hasOwn(own, 'traceparent') ? undefined : options.traceparent],
    [
      headerNames.tracestate,
      Object.hasOwn(own, 'tracestate') || Object.hasOwn(own, 'traceparent') ? undefined : options.tracestate,
    ],
  ]
  const headers = [...constantHeaders]
  for (const [name, text] of facts) if (text !== undefined) headers.push(textHeader(name, text))
  const issues = userHeaderIssues(options.headers)
  if (issues.length === 0) for (const [name, text] of Object.entries(own)) headers.push(textHeader(name, text))
  issues.push(...headerSizeIssues(headers))
  if (issues.length > 0) throw new EventValidationError(envelope.name, issues)
  return headers
}

function partitionKeyText(key: string | null | undefined): string | undefined {
  if (key === null || key === undefined || key === '' || !isPrintable(key)) return undefined
  return utf8Length(key) <= headerLimits.valueBytes ? key : undefined
}
