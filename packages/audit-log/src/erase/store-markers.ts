import { createHash } from 'node:crypto'
import type { WaitOptions } from '@ledgerbus/core'
import { insertSettings } from '../insert/insert-settings.ts'
import type { QueryNeeds } from '../query/entry-rows.ts'
import type { AuditColumn } from '../row/audit-columns.ts'
import { encodeErasure } from '../row/erasure-codec.ts'
import { createRowBinaryWriter, type RowBinaryWriter } from '../row/row-binary-writer.ts'
import type { ErasureMarker } from './erasure-marker.ts'

/** The columns of a marker; all others stay empty, which is the point of it. The organization stays, so that it can see what became of its entries. */
const markerColumns: readonly AuditColumn[] = [
  'kafka_cluster',
  'kafka_topic',
  'kafka_partition',
  'kafka_offset',
  'kafka_timestamp',
  'record_status',
  'problem',
  'event_id',
  'event_name',
  'event_version',
  'timestamp',
  'organization_id',
  'replay_id',
  'ingested_at',
]

/** Stores markers as one insert. The same markers again change nothing. */
export async function storeMarkers(
  { connection, tables }: QueryNeeds,
  markers: readonly ErasureMarker[],
  wait: WaitOptions,
): Promise<void> {
  const writer = createRowBinaryWriter()
  for (const marker of markers) encodeMarker(writer, marker)
  const block = writer.written()
  await connection.insert(
    `INSERT INTO ${tables.erased} (${markerColumns.join(', ')}) FORMAT RowBinary`,
    [block],
    insertSettings(`erased:${createHash('sha256').update(block).digest('hex')}`),
    wait,
  )
}

function encodeMarker(writer: RowBinaryWriter, { coordinates, erasure, replayId, ingestedAtMs }: ErasureMarker): void {
  const { event } = erasure
  writer.text(coordinates.cluster)
  writer.text(coordinates.topic)
  writer.uint32(coordinates.partition)
  writer.uint64(coordinates.offset)
  writer.int64(coordinates.timestampMs)
  writer.text('erased')
  writer.text(encodeErasure(erasure))
  writer.uuid(event?.eventId)
  writer.text(event?.name ?? '')
  writer.uint16(event?.version ?? 0)
  writer.int64(event === undefined ? coordinates.timestampMs : BigInt(Date.parse(event.timestamp)))
  writer.text(event?.organizationId ?? '')
  writer.text(replayId)
  writer.int64(BigInt(ingestedAtMs))
}
