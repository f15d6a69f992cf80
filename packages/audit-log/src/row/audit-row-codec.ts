import { isUtf8 } from 'node:buffer'
import {
  type AuditReading,
  type ConsumerRecord,
  createEnvelopeScanner,
  type EnvelopeScan,
  readReplayMarks,
  type RecordHeader,
  scannedText,
} from '@ledgerbus/core'
import type { AuditColumn } from './audit-columns.ts'
import { readValue } from './read-value.ts'
import type { RowBinaryReader } from './row-binary-reader.ts'
import type { RowBinaryWriter } from './row-binary-writer.ts'

/** The columns of an insert, in the order in which {@link encodeAuditRow} writes them. `ingested_at` is the server's. */
export const insertedColumns: readonly AuditColumn[] = [
  'kafka_cluster',
  'kafka_topic',
  'kafka_partition',
  'kafka_offset',
  'kafka_timestamp',
  'kafka_key',
  'kafka_headers',
  'replay_id',
  'raw',
  'record_status',
  'problem',
  'value_format',
  'decoded',
  'event_id',
  'event_name',
  'event_version',
  'event_source',
  'correlation_id',
  'causation_id',
  'timestamp',
  'organization_id',
  'entity_type',
  'entity_id',
  'action',
  'actor_type',
  'actor_id',
  'processing_time_ms',
  'db_time_ms',
  'api_time_ms',
  'queue_time_ms',
  'custom_metrics',
  // Last, so that a row can change its table without being encoded again.
  'quarantine_reason',
]

const noBytes = new Uint8Array(0)
const scanner = createEnvelopeScanner()

/**
 * Writes one row, all of `insertedColumns` but the last, which {@link endAuditRow} writes.
 *
 * @param reading how the value reads, where that is known; without it the value is read as JSON, the short way where it is a plain envelope
 * @returns what the record turned out to be
 */
export function encodeAuditRow(
  writer: RowBinaryWriter,
  record: ConsumerRecord,
  reading?: AuditReading,
): AuditReading['status'] {
  const { value } = record
  writer.text(record.cluster)
  writer.text(record.topic)
  writer.uint32(record.partition)
  writer.uint64(record.offset)
  writer.int64(record.timestampMs)
  writer.nullableBytes(record.key)
  encodeHeaders(writer, record)
  writer.text(replayIdOf(record) ?? '')
  writer.bytes(value ?? noBytes)
  if (reading === undefined && value !== null && isUtf8(value) && scanner.scan(value)) {
    encodeStatus(writer, 'ok', '')
    encodePlainEvent(writer, value, scanner.found)
    return 'ok'
  }
  const known = reading ?? readValue(value)
  encodeStatus(writer, known.status, known.status === 'undecodable' ? known.problem : '')
  encodeReading(writer, known, record.timestampMs)
  return known.status
}

function encodeHeaderBytes(
  writer: RowBinaryWriter,
  bytes: Uint8Array,
  nameStart: number,
  nameEnd: number,
  valueStart: number,
  valueEnd: number,
): void {
  writer.span(bytes, nameStart, nameEnd)
  writer.uint8(valueStart < 0 ? 1 : 0)
  if (valueStart >= 0) writer.span(bytes, valueStart, valueEnd)
}

function encodeStatus(writer: RowBinaryWriter, status: AuditReading['status'], problem: string): void {
  writer.text(status)
  writer.text(problem)
}

/** `reason`: why the row stands in quarantine; empty for one that does not. */
export function endAuditRow(writer: RowBinaryWriter, reason: string): void {
  writer.text(reason)
}

/** The replay that published a record again; `undefined` for a first-hand record. */
function replayIdOf(record: ConsumerRecord): string | undefined {
  return record.isMarked === false || record.headers.length === 0
    ? undefined
    : readReplayMarks(record.headers)?.replayId
}

function encodeHeaders(writer: RowBinaryWriter, record: ConsumerRecord): void {
  if (record.eachHeader !== undefined && record.headerCount !== undefined) {
    writer.varint(record.headerCount)
    record.eachHeader(writer, encodeHeaderBytes)
    return
  }
  const { headers } = record
  writer.varint(headers.length)
  for (const { name, value } of headers) {
    writer.text(name)
    writer.nullableBytes(value)
  }
}

function encodeReading(writer: RowBinaryWriter, reading: AuditReading, timestampMs: bigint): void {
  if (reading.status !== 'ok') {
    encodeNoEvent(writer, timestampMs)
    return
  }
  const { envelope } = reading
  writer.text(reading.format)
  writer.text(reading.decoded ?? '')
  writer.uuid(envelope.eventId)
  writer.text(envelope.name)
  writer.uint16(envelope.version)
  writer.text(envelope.source)
  writer.uuid(envelope.correlationId)
  writer.uuid(envelope.causationId)
  writer.int64(BigInt(Date.parse(envelope.timestamp)))
  writer.text(envelope.organizationId ?? '')
  writer.text(envelope.entity?.type ?? '')
  writer.text(envelope.entity?.id ?? '')
  writer.text(envelope.action)
  writer.text(envelope.actor?.type ?? '')
  writer.text(envelope.actor?.id ?? '')
  const { metrics } = envelope
  writer.float32(metrics?.processingTimeMs ?? 0)
  writer.float32(metrics?.dbTimeMs ?? 0)
  writer.float32(metrics?.apiTimeMs ?? 0)
  writer.float32(metrics?.queueTimeMs ?? 0)
  encodeFigures(writer, metrics?.customMetrics)
}

/** The columns of `encodeReading`, from the bytes of the value. */
function encodePlainEvent(writer: RowBinaryWriter, value: Uint8Array, found: EnvelopeScan): void {
  const { starts, ends, metrics } = found
  function text(place: number): void {
    writer.span(value, starts[place] as number, ends[place] as number)
  }
  function uuid(place: number): void {
    writer.uuidSpan(value, starts[place] as number, ends[place] as number)
  }
  writer.text('json')
  writer.text('')
  uuid(scannedText.eventId)
  text(scannedText.name)
  writer.uint16(found.version)
  text(scannedText.source)
  uuid(scannedText.correlationId)
  uuid(scannedText.causationId)
  writer.int64Of(found.timestampMs)
  text(scannedText.organizationId)
  text(scannedText.entityType)
  text(scannedText.entityId)
  text(scannedText.action)
  text(scannedText.actorType)
  text(scannedText.actorId)
  for (let place = 0; place < 4; place += 1) writer.float32(metrics[place] as number)
  encodeFigures(writer, found.customMetrics)
}

function encodeFigures(writer: RowBinaryWriter, figures: Readonly<Record<string, number>> | undefined): void {
  if (figures === undefined) {
    writer.varint(0)
    return
  }
  const entries = Object.entries(figures)
  writer.varint(entries.length)
  for (const [name, figure] of entries) {
    writer.text(name)
    writer.float64(figure)
  }
}

/** Without an event, Kafka's time stands for the event's, so that the record is found where one looks for it. */
function encodeNoEvent(writer: RowBinaryWriter, timestampMs: bigint): void {
  writer.text('') // value_format
  writer.text('') // decoded
  writer.uuid(undefined) // event_id
  writer.text('') // event_name
  writer.uint16(0) // event_version
  writer.text('') // event_source
  writer.uuid(undefined) // correlation_id
  writer.uuid(undefined) // causation_id
  writer.int64(timestampMs)
  for (let text = 0; text < 6; text += 1) writer.text('') // organization_id to actor_id
  for (let figure = 0; figure < 4; figure += 1) writer.float32(0)
  writer.varint(0) // custom_metrics
}

/** A row as it stands in the table, before its value is read again. */
export interface AuditRow {
  readonly record: ConsumerRecord
  readonly status: string
  readonly problem: string
  readonly format: string
  /** JSON text of a value that is not JSON itself; else empty. */
  readonly decoded: string
  /** Empty for a first-hand record. */
  readonly replayId: string
  readonly ingestedAtMs: number
}

/** The columns an entry is made of, in the order in which {@link decodeAuditRow} reads them. */
export const selectedColumns: readonly AuditColumn[] = [
  'kafka_cluster',
  'kafka_topic',
  'kafka_partition',
  'kafka_offset',
  'kafka_timestamp',
  'kafka_key',
  'kafka_headers',
  'raw',
  'record_status',
  'problem',
  'value_format',
  'decoded',
  'replay_id',
  'ingested_at',
]

/** Reads one row of `selectedColumns`. Throws `moreBytesNeeded` where the bytes end within it. */
export function decodeAuditRow(reader: RowBinaryReader): AuditRow {
  const cluster = reader.text()
  const topic = reader.text()
  const partition = reader.uint32()
  const offset = reader.uint64()
  const timestampMs = reader.int64()
  const key = reader.nullableBytes()
  const headers = decodeHeaders(reader)
  const raw = reader.bytes()
  const status = reader.text()
  return {
    record: {
      cluster,
      topic,
      partition,
      offset,
      timestampMs,
      key,
      value: status === 'tombstone' ? null : raw,
      headers,
    },
    status,
    problem: reader.text(),
    format: reader.text(),
    decoded: reader.text(),
    replayId: reader.text(),
    ingestedAtMs: Number(reader.int64()),
  }
}

function decodeHeaders(reader: RowBinaryReader): RecordHeader[] {
  const count = reader.varint()
  const headers: RecordHeader[] = []
  for (let index = 0; index < count; index += 1) {
    headers.push({ name: reader.text(), value: reader.nullableBytes() })
  }
  return headers
}
