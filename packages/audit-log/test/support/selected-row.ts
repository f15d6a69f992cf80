import type { ConsumerRecord } from '@ledgerbus/core'
import { createRowBinaryWriter } from '../../src/row/row-binary-writer.ts'

/** What a row of the table holds besides its record. */
export interface SelectedRowInput {
  readonly status?: string
  readonly problem?: string
  readonly format?: string
  readonly decoded?: string
  readonly replayId?: string
  readonly ingestedAtMs?: number
}

/** A row as ClickHouse sends it for `selectedColumns`. */
export function selectedRow(record: ConsumerRecord, input: SelectedRowInput = {}): Uint8Array {
  const { status = 'undecodable', problem = 'not an event', format = '', decoded = '', replayId = '' } = input
  const writer = createRowBinaryWriter()
  writer.text(record.cluster)
  writer.text(record.topic)
  writer.uint32(record.partition)
  writer.uint64(record.offset)
  writer.int64(record.timestampMs)
  writer.nullableBytes(record.key)
  writer.varint(record.headers.length)
  for (const { name, value } of record.headers) {
    writer.text(name)
    writer.nullableBytes(value)
  }
  writer.bytes(record.value ?? new Uint8Array())
  writer.text(status)
  writer.text(status === 'undecodable' ? problem : '')
  writer.text(format)
  writer.text(decoded)
  writer.text(replayId)
  writer.int64(BigInt(input.ingestedAtMs ?? 0))
  return Uint8Array.from(writer.written())
}
