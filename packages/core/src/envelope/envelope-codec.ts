import { EventDecodeError } from '../errors/event-decode-error.ts'
import type { EventIssue } from '../errors/event-issue.ts'
import { EventValidationError } from '../errors/event-validation-error.ts'
import type { Envelope, EventMetrics, EventPayload, EventSubject } from './envelope.ts'
import { type JsonLimits, parseJson } from './json-bytes.ts'
import { jsonFindings } from './json-value.ts'
import {
  isWireObject,
  optional,
  readEventName,
  readNumber,
  readNumbers,
  readPayload,
  readSubject,
  readText,
  readTimestamp,
  readUuid,
  readVersion,
} from './wire-readers.ts'

/** An envelope as it stands on the wire, in the order of its keys. */
export interface WireEnvelope {
  readonly event_id: string
  readonly name: string
  readonly version: number
  readonly correlation_id: string
  readonly causation_id?: string
  readonly timestamp: string
  readonly source: string
  readonly organization_id?: string
  readonly entity?: EventSubject
  readonly action: string
  readonly actor?: EventSubject
  readonly payload: EventPayload
  readonly metrics?: WireMetrics
}

/** Metrics as they stand on the wire. */
export interface WireMetrics {
  readonly processing_time_ms?: number
  readonly db_time_ms?: number
  readonly api_time_ms?: number
  readonly queue_time_ms?: number
  readonly custom_metrics?: Readonly<Record<string, number>>
}

const encoder = new TextEncoder()

/**
 * An event as the value of a record: JSON in UTF-8. The caller bounds the size: `eventLimits.maxBytes` is what decoding takes.
 *
 * @throws EventValidationError when the envelope holds what JSON refuses; one from `createEnvelope` never does
 */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  let text: string
  try {
    text = JSON.stringify(toWireEnvelope(envelope))
  } catch (cause) {
    // A bigint, a circle, a toJSON that threw: say where.
    const { issues } = jsonFindings('payload', envelope.payload, 1)
    const unplaced = [{ path: '', message: 'cannot be written as JSON, see the cause' }]
    throw new EventValidationError(envelope.name, issues.length > 0 ? issues : unplaced, { cause })
  }
  return encoder.encode(text)
}

/**
 * Reads the value of a record. Loose: fields that we do not know are passed over, unknown keys of the payload stay, `null` in place of an
 * optional field is its absence. Times are brought to UTC and milliseconds. The payload is not checked against a definition;
 * `validateEvent` does that.
 *
 * A key `__proto__` in the payload stays an ordinary key of its object, as `JSON.parse` makes it: copy such objects by spread.
 *
 * @throws EventDecodeError and nothing else, with every issue and its path on the wire
 */
export function decodeEnvelope(bytes: Uint8Array, limits: JsonLimits = {}): Envelope {
  return fromWireEnvelope(parseJson(bytes, limits))
}

/** Envelope to wire: with `fromWireEnvelope` the one place where `eventId` and `event_id` meet. */
export function toWireEnvelope(envelope: Envelope): WireEnvelope {
  return {
    event_id: envelope.eventId,
    name: envelope.name,
    version: envelope.version,
    correlation_id: envelope.correlationId,
    ...(envelope.causationId !== undefined && { causation_id: envelope.causationId }),
    timestamp: envelope.timestamp,
    source: envelope.source,
    ...(envelope.organizationId !== undefined && { organization_id: envelope.organizationId }),
    ...(envelope.entity !== undefined && { entity: { type: envelope.entity.type, id: envelope.entity.id } }),
    action: envelope.action,
    ...(envelope.actor !== undefined && { actor: { type: envelope.actor.type, id: envelope.actor.id } }),
    // What the user put in keeps its spelling: we rename our fields, never theirs.
    payload: envelope.payload,
    ...(envelope.metrics !== undefined && { metrics: toWireMetrics(envelope.metrics) }),
  }
}

/**
 * Wire to envelope, for values that were parsed already (a schema registry's). The rules of `decodeEnvelope`.
 *
 * @throws EventDecodeError
 */
export function fromWireEnvelope(value: unknown): Envelope {
  if (!isWireObject(value)) throw new EventDecodeError([{ path: '', message: 'must be a JSON object' }])
  const issues: EventIssue[] = []
  const eventId = readUuid(value['event_id'], 'event_id', issues)
  const name = readEventName(value['name'], 'name', issues)
  const version = readVersion(value['version'], 'version', issues)
  const correlationId = readUuid(value['correlation_id'], 'correlation_id', issues)
  const causationId = optional(value['causation_id'], 'causation_id', issues, readUuid)
  const timestamp = readTimestamp(value['timestamp'], 'timestamp', issues)
  const source = readText(value['source'], 'source', issues)
  const organizationId = optional(value['organization_id'], 'organization_id', issues, readText)
  const entity = optional(value['entity'], 'entity', issues, readSubject)
  const action = readText(value['action'], 'action', issues)
  const actor = optional(value['actor'], 'actor', issues, readSubject)
  const payload = readPayload(value['payload'], 'payload', issues)
  const metrics = optional(value['metrics'], 'metrics', issues, fromWireMetrics)
  if (issues.length > 0) throw new EventDecodeError(issues)
  // Written field by field, which is several times as fast as spreading what may be absent: this runs for every record.
  const envelope: Mutable<Envelope> = { eventId, name, version, correlationId, timestamp, source, action, payload }
  if (causationId !== undefined) envelope.causationId = causationId
  if (organizationId !== undefined) envelope.organizationId = organizationId
  if (entity !== undefined) envelope.entity = entity
  if (actor !== undefined) envelope.actor = actor
  if (metrics !== undefined) envelope.metrics = metrics
  return envelope
}

type Mutable<Fields> = { -readonly [Key in keyof Fields]: Fields[Key] }

function toWireMetrics(metrics: EventMetrics): WireMetrics {
  return {
    ...(metrics.processingTimeMs !== undefined && { processing_time_ms: metrics.processingTimeMs }),
    ...(metrics.dbTimeMs !== undefined && { db_time_ms: metrics.dbTimeMs }),
    ...(metrics.apiTimeMs !== undefined && { api_time_ms: metrics.apiTimeMs }),
    ...(metrics.queueTimeMs !== undefined && { queue_time_ms: metrics.queueTimeMs }),
    ...(metrics.customMetrics !== undefined && { custom_metrics: metrics.customMetrics }),
  }
}

function fromWireMetrics(value: unknown, path: string, issues: EventIssue[]): EventMetrics {
  if (!isWireObject(value)) {
    issues.push({ path, message: 'must be an object' })
    return {}
  }
  const processingTimeMs = optional(value['processing_time_ms'], `${path}.processing_time_ms`, issues, readNumber)
  const dbTimeMs = optional(value['db_time_ms'], `${path}.db_time_ms`, issues, readNumber)
  const apiTimeMs = optional(value['api_time_ms'], `${path}.api_time_ms`, issues, readNumber)
  const queueTimeMs = optional(value['queue_time_ms'], `${path}.queue_time_ms`, issues, readNumber)
  const customMetrics = optional(value['custom_metrics'], `${path}.custom_metrics`, issues, readNumbers)
  return {
    ...(processingTimeMs !== undefined && { processingTimeMs }),
    ...(dbTimeMs !== undefined && { dbTimeMs }),
    ...(apiTimeMs !== undefined && { apiTimeMs }),
    ...(queueTimeMs !== undefined && { queueTimeMs }),
    ...(customMetrics !== undefined && { customMetrics }),
  }
}
