import { EventDecodeError } from '../errors/event-decode-error.ts'
import type { EventIssue } from '../errors/event-issue.ts'
import { EventValidationError } from '../errors/event-validation-error.ts'
import { eventNameProblem } from '../definition/event-name.ts'
import type { Envelope, EventMetrics, EventPayload, EventSubject } from './envelope.ts'
import { type JsonLimits, parseJson } from './json-bytes.ts'
import { joinPath, jsonIssues } from './json-value.ts'
import { isUuid } from './text-rules.ts'
import { canonicalTimestamp } from './timestamp.ts'

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
 * An event as the value of a record: JSON in UTF-8.
 *
 * @throws EventValidationError when the payload holds what JSON cannot carry; `createEnvelope` has checked that already
 */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  let text: string
  try {
    text = JSON.stringify(toWireEnvelope(envelope))
  } catch (cause) {
    // A bigint, a circle, a toJSON that threw: say where.
    const issues = jsonIssues('payload', envelope.payload, 1)
    const unnamed = [{ path: '', message: 'cannot be written as JSON, see the cause' }]
    throw new EventValidationError(envelope.name, issues.length > 0 ? issues : unnamed, { cause })
  }
  return encoder.encode(text)
}

/**
 * Reads the value of a record. Loose: fields we do not know are passed over, unknown keys of the payload stay, `null` in place of an
 * optional field is its absence. Times are brought to UTC and milliseconds. The payload is not checked against a definition, `validateEvent` does that.
 *
 * A key `__proto__` inside the payload stays an ordinary key of its object, as `JSON.parse` makes it.
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
    ...(envelope.entity !== undefined && { entity: toWireSubject(envelope.entity) }),
    action: envelope.action,
    ...(envelope.actor !== undefined && { actor: toWireSubject(envelope.actor) }),
    // What the user put in keeps its spelling: we rename our fields, never theirs.
    payload: toWirePayload(envelope.payload),
    ...(envelope.metrics !== undefined && { metrics: toWireMetrics(envelope.metrics) }),
  }
}

function toWireSubject(subject: EventSubject): EventSubject {
  return { type: subject.type, id: subject.id }
}

function toWirePayload(payload: EventPayload): EventPayload {
  const { before, after, extra, ...unknownParts } = payload
  return { before, after, extra, ...unknownParts }
}

function toWireMetrics(metrics: EventMetrics): WireMetrics {
  return {
    ...(metrics.processingTimeMs !== undefined && { processing_time_ms: metrics.processingTimeMs }),
    ...(metrics.dbTimeMs !== undefined && { db_time_ms: metrics.dbTimeMs }),
    ...(metrics.apiTimeMs !== undefined && { api_time_ms: metrics.apiTimeMs }),
    ...(metrics.queueTimeMs !== undefined && { queue_time_ms: metrics.queueTimeMs }),
    ...(metrics.customMetrics !== undefined && { custom_metrics: metrics.customMetrics }),
  }
}

type Wire = Readonly<Record<string, unknown>>

/**
 * Wire to envelope, for values that were parsed already (a schema registry's). The rules of `decodeEnvelope`.
 *
 * @throws EventDecodeError
 */
export function fromWireEnvelope(value: unknown): Envelope {
  if (!isObject(value)) throw new EventDecodeError([{ path: '', message: 'must be a JSON object' }])
  const issues: EventIssue[] = []
  const causationId = optional(value, 'causation_id', issues, uuid)
  const organizationId = optional(value, 'organization_id', issues, text)
  const entity = optional(value, 'entity', issues, subject)
  const actor = optional(value, 'actor', issues, subject)
  const metrics = optional(value, 'metrics', issues, readMetrics)
  const envelope = {
    eventId: uuid(value['event_id'], 'event_id', issues),
    name: eventName(value['name'], 'name', issues),
    version: versionNumber(value['version'], 'version', issues),
    correlationId: uuid(value['correlation_id'], 'correlation_id', issues),
    ...(causationId !== undefined && { causationId }),
    timestamp: timestamp(value['timestamp'], 'timestamp', issues),
    source: text(value['source'], 'source', issues),
    ...(organizationId !== undefined && { organizationId }),
    ...(entity !== undefined && { entity }),
    action: text(value['action'], 'action', issues),
    ...(actor !== undefined && { actor }),
    payload: payload(value['payload'], 'payload', issues),
    ...(metrics !== undefined && { metrics }),
  }
  if (issues.length > 0) throw new EventDecodeError(issues)
  return envelope
}

// Each reader returns a value of the right type in any case; what was wrong is in `issues`, and then nothing of it is used.

type Reader<Value> = (value: unknown, path: string, issues: EventIssue[]) => Value

function optional<Value>(wire: Wire, key: string, issues: EventIssue[], read: Reader<Value>): Value | undefined {
  const value = wire[key]
  return value === undefined || value === null ? undefined : read(value, key, issues)
}

function text(value: unknown, path: string, issues: EventIssue[]): string {
  if (typeof value === 'string' && value !== '') return value
  issues.push({ path, message: value === undefined ? 'is missing' : 'must be a text that is not empty' })
  return ''
}

function uuid(value: unknown, path: string, issues: EventIssue[]): string {
  if (typeof value === 'string' && isUuid(value)) return value
  issues.push({ path, message: value === undefined ? 'is missing' : 'must be a UUID' })
  return ''
}

function eventName(value: unknown, path: string, issues: EventIssue[]): string {
  if (typeof value === 'string' && eventNameProblem(value) === undefined) return value
  const message = 'must be two or more words of a-z, 0-9 and _ joined by dots'
  issues.push({ path, message: value === undefined ? 'is missing' : message })
  return ''
}

function versionNumber(value: unknown, path: string, issues: EventIssue[]): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535) return value
  issues.push({ path, message: value === undefined ? 'is missing' : 'must be an integer from 1 to 65535' })
  return 0
}

function timestamp(value: unknown, path: string, issues: EventIssue[]): string {
  const canonical = typeof value === 'string' ? canonicalTimestamp(value) : undefined
  if (canonical !== undefined) return canonical
  issues.push({ path, message: value === undefined ? 'is missing' : 'must be an RFC 3339 time with date and offset' })
  return ''
}

function subject(value: unknown, path: string, issues: EventIssue[]): EventSubject {
  if (isObject(value)) {
    return { type: text(value['type'], `${path}.type`, issues), id: text(value['id'], `${path}.id`, issues) }
  }
  issues.push({ path, message: 'must be an object with type and id' })
  return { type: '', id: '' }
}

function payload(value: unknown, path: string, issues: EventIssue[]): EventPayload {
  if (isObject(value)) return value
  issues.push({ path, message: value === undefined ? 'is missing' : 'must be an object' })
  return {}
}

function finite(value: unknown, path: string, issues: EventIssue[]): number {
  // `1e400` is legal JSON and reads as Infinity.
  if (typeof value === 'number' && Number.isFinite(value)) return value
  issues.push({ path, message: 'must be a number' })
  return 0
}

function readMetrics(value: unknown, path: string, issues: EventIssue[]): EventMetrics {
  if (!isObject(value)) {
    issues.push({ path, message: 'must be an object' })
    return {}
  }
  const inMetrics: Reader<number> = (member, key, found) => finite(member, `${path}.${key}`, found)
  const processingTimeMs = optional(value, 'processing_time_ms', issues, inMetrics)
  const dbTimeMs = optional(value, 'db_time_ms', issues, inMetrics)
  const apiTimeMs = optional(value, 'api_time_ms', issues, inMetrics)
  const queueTimeMs = optional(value, 'queue_time_ms', issues, inMetrics)
  const customMetrics = optional(value, 'custom_metrics', issues, (member, key, found) =>
    figures(member, `${path}.${key}`, found),
  )
  return {
    ...(processingTimeMs !== undefined && { processingTimeMs }),
    ...(dbTimeMs !== undefined && { dbTimeMs }),
    ...(apiTimeMs !== undefined && { apiTimeMs }),
    ...(queueTimeMs !== undefined && { queueTimeMs }),
    ...(customMetrics !== undefined && { customMetrics }),
  }
}

function figures(value: unknown, path: string, issues: EventIssue[]): Readonly<Record<string, number>> {
  if (!isObject(value)) {
    issues.push({ path, message: 'must be an object of numbers' })
    return {}
  }
  for (const [key, member] of Object.entries(value)) finite(member, joinPath(path, key), issues)
  // Checked member by member above.
  return value as Readonly<Record<string, number>>
}

function isObject(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
