import {
  type AuditPartition,
  type AuditReading,
  type Clock,
  type ConsumerRecord,
  type OpenAuditBlock,
} from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import { encodeAuditRow, endAuditRow } from '../row/audit-row-codec.ts'
import { createBlockRows } from './block-rows.ts'
import { createEncodedBlock } from './encoded-block.ts'
import { createPieceStore, type PieceStore } from './piece-store.ts'
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

  function reasonFor(record: ConsumerRecord, rowBytes: number): QuarantineReason | undefined {
    if (record.timestampMs < bounds.fromMs || record.timestampMs > bounds.toMs) return 'kafka-timestamp'
    return rowBytes > maxEventRowBytes ? 'size' : undefined
  }

  function add(record: ConsumerRecord, reading: AuditReading | undefined): void {
    check(record)
    if (coordinates.count % recordsPerLook === 0) bounds = timestampBounds(clock.nowMs())
    const { writer } = events
    const start = writer.position
    const quarantineStart = quarantine.writer.position
    try {
      const status = encodeAuditRow(writer, record, reading)
      const reason = reasonFor(record, writer.position - start)
      if (reason === undefined) endAuditRow(writer, '')
      else {
        quarantine.writer.raw(writer.written(start))
        endAuditRow(quarantine.writer, reason)
        writer.rewind(start)
      }
      rows.noted(coordinates.count, status, reason !== undefined)
    } catch (error) {
      // What was begun of a row is no row.
      writer.rewind(start)
      quarantine.writer.rewind(quarantineStart)
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

function invalid(problem: string): AuditLogError {
  return new AuditLogError(`a record cannot join a block: ${problem}`, { code: 'AUDIT_RANGE_INVALID' })
}
