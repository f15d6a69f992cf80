import type { AuditRange, AuditRecord, Clock, ConsumerRecord } from '@ledgerbus/core'
import { encodeAuditRow, endAuditRow } from '../row/audit-row-codec.ts'
import { createRowBinaryWriter, type RowBinaryWriter } from '../row/row-binary-writer.ts'
import { hasOddTimestamp, maxEventRowBytes, type QuarantineReason } from './quarantine-rule.ts'

/** Rows of one table, ready to be sent, and whose they are. */
export interface EncodedBlock {
  readonly records: readonly ConsumerRecord[]
  readonly bytes: Uint8Array
}

/** A range as rows of both tables; either may be empty. */
export interface EncodedRange {
  readonly events: EncodedBlock
  readonly quarantine: EncodedBlock
}

/** How long rows are encoded before others get their turn, and after how many rows that is looked up. */
const turnMs = 20
const rowsPerLook = 128
/** What a row takes besides key, value and headers. */
const rowOverheadBytes = 320

/**
 * Encodes a range row by row. Gives way to other work from time to time: a batch of 50,000 rows in one go would hold up the heartbeats
 * of the consumer beside it.
 *
 * @param refused puts every row into quarantine, for a range that the server refused
 */
export async function encodeRange(
  range: AuditRange,
  { clock, refused = false }: { readonly clock: Clock; readonly refused?: boolean },
): Promise<EncodedRange> {
  const events = createRowBinaryWriter(refused ? 0 : estimatedBytes(range.records))
  const quarantine = createRowBinaryWriter(refused ? estimatedBytes(range.records) : 0)
  const eventRecords: ConsumerRecord[] = []
  const quarantineRecords: ConsumerRecord[] = []
  const nowMs = clock.nowMs()

  function place(item: AuditRecord): void {
    const start = events.position
    encodeAuditRow(events, item)
    const reason = quarantineReason(item.record, events.position - start)
    if (reason === undefined) {
      endAuditRow(events, '')
      eventRecords.push(item.record)
      return
    }
    moveRow(events, start, quarantine)
    endAuditRow(quarantine, reason)
    quarantineRecords.push(item.record)
  }

  function quarantineReason(record: ConsumerRecord, rowBytes: number): QuarantineReason | undefined {
    if (refused) return 'refused'
    if (hasOddTimestamp(record, nowMs)) return 'kafka-timestamp'
    return rowBytes > maxEventRowBytes ? 'size' : undefined
  }

  let turnBeganMs = clock.monotonicMs()
  for (const [index, item] of range.records.entries()) {
    if (index % rowsPerLook === 0 && clock.monotonicMs() - turnBeganMs >= turnMs) {
      await clock.sleep(0)
      turnBeganMs = clock.monotonicMs()
    }
    place(item)
  }
  return {
    events: { records: eventRecords, bytes: events.written() },
    quarantine: { records: quarantineRecords, bytes: quarantine.written() },
  }
}

function moveRow(from: RowBinaryWriter, start: number, to: RowBinaryWriter): void {
  to.raw(from.written(start))
  from.rewind(start)
}

function estimatedBytes(records: readonly AuditRecord[]): number {
  let bytes = 0
  for (const { record } of records) {
    bytes += rowOverheadBytes + (record.key?.length ?? 0) + (record.value?.length ?? 0)
    for (const { name, value } of record.headers) bytes += name.length + 2 + (value?.length ?? 0)
  }
  return bytes
}
