import { type AuditReading, type ConsumerRecord, encodeEnvelope, replayHeaders } from '@ledgerbus/core'
import { aConsumerRecord, anEnvelope } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type NativeRow, nativeRows } from '../../test/support/native-rows.ts'
import { selectedRow } from '../../test/support/selected-row.ts'
import { createPieceStore } from './piece-store.ts'
import { auditColumns } from './audit-columns.ts'
import { decodeAuditRow, encodeAuditRow, selectedColumns } from './audit-row-codec.ts'
import { entryOfRow } from './entry-of-row.ts'
import { insertedColumns, nativeBlock } from './native-block.ts'
import { createRowBinaryReader } from './row-binary-reader.ts'
import { createTableColumns } from './table-columns.ts'

function columnsOf(record: ConsumerRecord, reading: AuditReading): NativeRow {
  const columns = createTableColumns(createPieceStore())
  encodeAuditRow(columns, record, reading, '')
  const [row, ...others] = nativeRows(Buffer.concat(nativeBlock(record, columns, 0, 1)))
  expect(others).toEqual([])
  return row as NativeRow
}

describe('a row of the log', () => {
  it('holds every column that is inserted, in the order of the insert', () => {
    const envelope = anEnvelope({
      version: 3,
      organizationId: 'acme',
      causationId: '00000000-0000-7000-8000-0000000000a1',
      metrics: { processingTimeMs: 1.5, queueTimeMs: 2, customMetrics: { rows: 7, share: 0.25 } },
    })
    const record = aConsumerRecord({
      key: 'o-1',
      value: encodeEnvelope(envelope),
      headers: [
        ['a', '1'],
        ['a', null],
      ],
      offset: 7n,
    })

    expect(columnsOf(record, { status: 'ok', envelope, format: 'json' })).toMatchObject({
      kafka_cluster: 'test-cluster',
      kafka_topic: 'orders',
      kafka_partition: 0,
      kafka_offset: 7n,
      kafka_key: 'o-1',
      kafka_headers: [
        ['a', '1'],
        ['a', null],
      ],
      record_status: 'ok',
      value_format: 'json',
      event_name: 'order.created',
      event_version: 3,
      event_source: 'test',
      timestamp: BigInt(Date.UTC(2026, 0, 31, 12)),
      organization_id: 'acme',
      entity_type: 'order',
      entity_id: 'o-1',
      action: 'created',
      actor_type: 'user',
      actor_id: 'u-1',
      processing_time_ms: 1.5,
      db_time_ms: 0,
      queue_time_ms: 2,
      custom_metrics: [
        ['rows', 7],
        ['share', 0.25],
      ],
      quarantine_reason: '',
    })
  })

  it.each(['0001-01-01T00:00:00.000Z', '1969-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'])(
    'holds the time %s',
    (timestamp) => {
      const columns = columnsOf(aConsumerRecord(), {
        status: 'ok',
        envelope: anEnvelope({ timestamp }),
        format: 'json',
      })
      expect(columns['timestamp']).toBe(BigInt(Date.parse(timestamp)))
    },
  )

  it('is found at Kafka’s time where there is no event', () => {
    for (const reading of [{ status: 'tombstone' }, { status: 'undecodable', problem: 'no JSON' }] as const) {
      const columns = columnsOf(aConsumerRecord({ value: null, timestampMs: -5n }), reading)
      expect(columns).toMatchObject({
        timestamp: -5n,
        event_id: [0n, 0n],
        event_name: '',
        record_status: reading.status,
      })
    }
  })

  it('names the replay of a record that bears its marks', () => {
    const headers = replayHeaders({
      replayId: 'run-1',
      sequence: 0,
      mode: 'rehandle',
      of: { topic: 'orders', partition: 0, offset: 3n },
      originalTimestampMs: 1n,
    })
    expect(columnsOf({ ...aConsumerRecord(), headers }, { status: 'tombstone' })['replay_id']).toBe('run-1')
  })

  it('names columns that the tables have', () => {
    expect([...insertedColumns, 'ingested_at'].sort()).toEqual(Object.keys(auditColumns).sort())
    for (const column of selectedColumns) expect(Object.keys(auditColumns)).toContain(column)
  })
})

describe('an entry of a row', () => {
  const entryOf = (bytes: Uint8Array): unknown => entryOfRow(decodeAuditRow(createRowBinaryReader(bytes)))

  it('has the record’s bytes, whatever they are', () => {
    const bytes = fc.option(fc.uint8Array({ maxLength: 300 }))
    fc.assert(
      fc.property(
        bytes,
        fc.uint8Array({ maxLength: 2_000 }),
        fc.array(fc.tuple(fc.string(), bytes), { maxLength: 5 }),
        (key, value, headers) => {
          const record = {
            ...aConsumerRecord(),
            key,
            value,
            headers: headers.map(([name, of]) => ({ name, value: of })),
          }
          expect(entryOf(selectedRow(record, { ingestedAtMs: 5 }))).toEqual({
            record,
            reading: { status: 'undecodable', problem: 'not an event' },
            ingestedAtMs: 5,
          })
        },
      ),
    )
  })

  it('has the envelope that stands in its bytes', () => {
    const envelope = anEnvelope({ payload: { after: { deep: { text: 'é' } } } })
    const record = aConsumerRecord({ value: encodeEnvelope(envelope) })
    expect(entryOf(selectedRow(record, { status: 'ok', format: 'json', replayId: 'run-1' }))).toMatchObject({
      reading: { status: 'ok', envelope, format: 'json' },
      replayId: 'run-1',
    })
  })

  it('has the envelope of the decoded text where the bytes are not JSON', () => {
    const envelope = anEnvelope()
    const decoded = new TextDecoder().decode(encodeEnvelope(envelope))
    const record = aConsumerRecord({ value: Uint8Array.of(0, 0, 0, 0, 1, 9, 9) })
    expect(entryOf(selectedRow(record, { status: 'ok', format: 'confluent-avro', decoded }))).toMatchObject({
      reading: { status: 'ok', envelope, format: 'confluent-avro', decoded },
    })
  })

  it('has no value where it is a tombstone', () => {
    expect(entryOf(selectedRow(aConsumerRecord({ value: null }), { status: 'tombstone' }))).toMatchObject({
      record: { value: null },
      reading: { status: 'tombstone' },
    })
  })

  it('is undecodable where this version cannot read what another one could', () => {
    expect(entryOf(selectedRow(aConsumerRecord({ value: 'no JSON' }), { status: 'ok', format: 'json' }))).toMatchObject(
      {
        reading: { status: 'undecodable' },
      },
    )
  })

  it('is refused where its status is of a later version', () => {
    expect(() => entryOf(selectedRow(aConsumerRecord(), { status: 'sealed' }))).toThrow(
      expect.objectContaining({ code: 'AUDIT_ROW_UNREADABLE' }),
    )
  })
})
