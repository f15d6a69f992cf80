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
import type { ColumnBytes } from './column-bytes.ts'
import type { TableColumns } from './table-columns.ts'

const noBytes = new Uint8Array(0)
const scanner = createEnvelopeScanner()

/**
 * Writes one row of a table. Cluster, topic and partition are those of the block.
 *
 * @param reading how the value reads, where that is known; without it the value is read as JSON, the short way where it is a plain envelope
 * @param quarantineReason why the row stands in quarantine; empty for one that does not
 * @returns what the record turned out to be
 */
export function encodeAuditRow(
  columns: TableColumns,
  record: ConsumerRecord,
  reading: AuditReading | undefined,
  quarantineReason: string,
): AuditReading['status'] {
  const { value, key } = record
  const { plain } = columns
  plain.kafka_offset.uint64(record.offset)
  plain.kafka_timestamp.int64(record.timestampMs)
  columns.keyNulls.uint8(key === null ? 1 : 0)
  columns.keys.bytes(key ?? noBytes)
  encodeHeaders(columns, record)
  plain.replay_id.text(replayIdOf(record) ?? '')
  plain.raw.bytes(value ?? noBytes)
  plain.quarantine_reason.text(quarantineReason)
  if (reading === undefined && value !== null && isUtf8(value) && scanner.scan(value)) {
    encodeStatus(columns, 'ok', '')
    encodePlainEvent(columns, value, scanner.found)
    columns.endRow()
    return 'ok'
  }
  const known = reading ?? readValue(value)
  encodeStatus(columns, known.status, known.status === 'undecodable' ? known.problem : '')
  encodeReading(columns, known, record.timestampMs)
  columns.endRow()
  return known.status
}

function encodeHeaderBytes(
  columns: TableColumns,
  bytes: Uint8Array,
  nameStart: number,
  nameEnd: number,
  valueStart: number,
  valueEnd: number,
): void {
  columns.headerNames.span(bytes, nameStart, nameEnd)
  columns.headerNulls.uint8(valueStart < 0 ? 1 : 0)
  columns.headerValues.span(bytes, Math.max(0, valueStart), Math.max(0, valueEnd))
}

function encodeStatus({ plain }: TableColumns, status: AuditReading['status'], problem: string): void {
  plain.record_status.text(status)
  plain.problem.text(problem)
}

/** The replay that published a record again; `undefined` for a first-hand record. */
function replayIdOf(record: ConsumerRecord): string | undefined {
  return record.isMarked === false || record.headers.length === 0
    ? undefined
    : readReplayMarks(record.headers)?.replayId
}

function encodeHeaders(columns: TableColumns, record: ConsumerRecord): void {
  const { headerNames, headerNulls, headerValues } = columns
  if (record.eachHeader !== undefined && record.headerCount !== undefined) {
    columns.headers.add(record.headerCount)
    record.eachHeader(columns, encodeHeaderBytes)
    return
  }
  const { headers } = record
  columns.headers.add(headers.length)
  for (const { name, value } of headers) {
    headerNames.text(name)
    headerNulls.uint8(value === null ? 1 : 0)
    headerValues.bytes(value ?? noBytes)
  }
}

function encodeReading(columns: TableColumns, reading: AuditReading, timestampMs: bigint): void {
  if (reading.status !== 'ok') {
    encodeNoEvent(columns, timestampMs)
    return
  }
  const { envelope } = reading
  const { metrics } = envelope
  const { plain } = columns
  plain.value_format.text(reading.format)
  plain.decoded.text(reading.decoded ?? '')
  plain.event_id.uuid(envelope.eventId)
  plain.event_name.text(envelope.name)
  plain.event_version.uint16(envelope.version)
  plain.event_source.text(envelope.source)
  plain.correlation_id.uuid(envelope.correlationId)
  plain.causation_id.uuid(envelope.causationId)
  plain.timestamp.int64(BigInt(Date.parse(envelope.timestamp)))
  plain.organization_id.text(envelope.organizationId ?? '')
  plain.entity_type.text(envelope.entity?.type ?? '')
  plain.entity_id.text(envelope.entity?.id ?? '')
  plain.action.text(envelope.action)
  plain.actor_type.text(envelope.actor?.type ?? '')
  plain.actor_id.text(envelope.actor?.id ?? '')
  plain.processing_time_ms.float32(metrics?.processingTimeMs ?? 0)
  plain.db_time_ms.float32(metrics?.dbTimeMs ?? 0)
  plain.api_time_ms.float32(metrics?.apiTimeMs ?? 0)
  plain.queue_time_ms.float32(metrics?.queueTimeMs ?? 0)
  encodeFigures(columns, metrics?.customMetrics)
}

/** The columns of `encodeReading`, from the bytes of the value. */
function encodePlainEvent(columns: TableColumns, value: Uint8Array, found: EnvelopeScan): void {
  const { starts, ends, metrics } = found
  const { plain } = columns
  const text = (column: ColumnBytes, place: number): void => {
    column.span(value, starts[place] as number, ends[place] as number)
  }
  const uuid = (column: ColumnBytes, place: number): void => {
    column.uuidSpan(value, starts[place] as number, ends[place] as number)
  }
  plain.value_format.text('json')
  plain.decoded.text('')
  uuid(plain.event_id, scannedText.eventId)
  text(plain.event_name, scannedText.name)
  plain.event_version.uint16(found.version)
  text(plain.event_source, scannedText.source)
  uuid(plain.correlation_id, scannedText.correlationId)
  uuid(plain.causation_id, scannedText.causationId)
  plain.timestamp.int64Of(found.timestampMs)
  text(plain.organization_id, scannedText.organizationId)
  text(plain.entity_type, scannedText.entityType)
  text(plain.entity_id, scannedText.entityId)
  text(plain.action, scannedText.action)
  text(plain.actor_type, scannedText.actorType)
  text(plain.actor_id, scannedText.actorId)
  plain.processing_time_ms.float32(metrics[0] as number)
  plain.db_time_ms.float32(metrics[1] as number)
  plain.api_time_ms.float32(metrics[2] as number)
  plain.queue_time_ms.float32(metrics[3] as number)
  encodeFigures(columns, found.customMetrics)
}

function encodeFigures(columns: TableColumns, figures: Readonly<Record<string, number>> | undefined): void {
  if (figures === undefined) {
    columns.figures.add(0)
    return
  }
  const entries = Object.entries(figures)
  columns.figures.add(entries.length)
  for (const [name, figure] of entries) {
    columns.figureNames.text(name)
    columns.figureValues.float64(figure)
  }
}

const emptyTexts = [
  'value_format',
  'decoded',
  'event_name',
  'event_source',
  'organization_id',
  'entity_type',
  'entity_id',
  'action',
  'actor_type',
  'actor_id',
] as const
const emptyIds = ['event_id', 'correlation_id', 'causation_id'] as const
const emptyFigures = ['processing_time_ms', 'db_time_ms', 'api_time_ms', 'queue_time_ms'] as const

/** Without an event, Kafka's time stands for the event's, so that the record is found where one looks for it. */
function encodeNoEvent(columns: TableColumns, timestampMs: bigint): void {
  const { plain } = columns
  for (const name of emptyTexts) plain[name].text('')
  for (const name of emptyIds) plain[name].uuid(undefined)
  for (const name of emptyFigures) plain[name].float32(0)
  plain.event_version.uint16(0)
  plain.timestamp.int64(timestampMs)
  columns.figures.add(0)
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
  const hasValue = status !== 'tombstone' && status !== 'erased'
  return {
    record: {
      cluster,
      topic,
      partition,
      offset,
      timestampMs,
      key,
      value: hasValue ? raw : null,
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
