import {
  type AuditPartition,
  type AuditReading,
  type Clock,
  type ConsumerRecord,
  type OpenAuditBlock,
  recordBytes,
} from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import { encodeAuditRow } from '../row/audit-row-codec.ts'
import { createBlockRows } from './block-rows.ts'
import { createEncodedBlock } from './encoded-block.ts'
import { createPieceStore, type PieceStore } from '../row/piece-store.ts'
import { maxEventRowBytes, type QuarantineReason, timestampBounds } from './quarantine-rule.ts'

/** How often a block that stays open for long looks at the clock. */
const recordsPerLook = 1_024

/** An empty block for records of a partition. @param clock Kafka's timestamps are judged by its time */
export function createAuditBlock(
  owner: AuditPartition,
  clock: Clock,
  store: PieceStore = createPieceStore(),
): OpenAuditBlock {
  const rows = createBlockRows(store)
  const { events, quarantine, coordinates } = rows
  let lastOffset = -1n
  let bounds = timestampBounds(clock.nowMs())

  function check({ cluster, topic, partition, offset }: ConsumerRecord): void {
    if (partition !== owner.partition || topic !== owner.topic || cluster !== owner.cluster) {
      throw invalid(`${topic}/${partition}/${offset} is of another partition than ${owner.topic}/${owner.partition}`)
    }
    if (offset <= lastOffset) throw invalid(`${topic}/${partition}/${offset} stands behind ${lastOffset}`)
  }

  function reasonFor(record: ConsumerRecord, bytes: number): QuarantineReason | undefined {
    if (record.timestampMs < bounds.fromMs || record.timestampMs > bounds.toMs) return 'kafka-timestamp'
    return bytes > maxEventRowBytes ? 'size' : undefined
  }

  function add(record: ConsumerRecord, reading: AuditReading | undefined): void {
    check(record)
    const { count } = coordinates
    if (count % recordsPerLook === 0) bounds = timestampBounds(clock.nowMs())
    const bytes = rowBytes(record, reading)
    const reason = reasonFor(record, bytes)
    const table = reason === undefined ? events : quarantine
    try {
      const status = encodeAuditRow(table, record, reading, reason ?? '')
      rows.noted(count, status, reason !== undefined, bytes)
    } catch (error) {
      // What was begun of a row is no row.
      table.dropRow()
      throw error
    }
    coordinates.add(record.offset, record.timestampMs)
    lastOffset = record.offset
  }

  return Object.assign(
    createEncodedBlock(owner, rows, 0, () => coordinates.count),
    {
      add,
      release() {
        events.release()
        quarantine.release()
      },
    },
  )
}

/** What a row takes besides key, value and headers: the envelope's fields, coordinates, and what is noted of the record. */
const otherBytes = 200

function rowBytes(record: ConsumerRecord, reading: AuditReading | undefined): number {
  const decoded = reading?.status === 'ok' ? (reading.decoded ?? '') : ''
  return recordBytes(record) + (decoded === '' ? 0 : Buffer.byteLength(decoded)) + otherBytes
}

function invalid(problem: string): AuditLogError {
  return new AuditLogError(`a record cannot join a block: ${problem}`, { code: 'AUDIT_RANGE_INVALID' })
}
