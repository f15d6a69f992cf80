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
import { hasOddTimestamp, maxEventRowBytes, type QuarantineReason } from './quarantine-rule.ts'

/** An empty block for records of a partition. @param clock Kafka's timestamps are judged by its time */
export function createAuditBlock(owner: AuditPartition, clock: Clock): OpenAuditBlock {
  const rows = createBlockRows()
  const { events, quarantine, coordinates } = rows
  let lastOffset = -1n

  function check({ cluster, topic, partition, offset }: ConsumerRecord): void {
    if (partition !== owner.partition || topic !== owner.topic || cluster !== owner.cluster) {
      throw invalid(`${topic}/${partition}/${offset} is of another partition than ${owner.topic}/${owner.partition}`)
    }
    if (offset <= lastOffset) throw invalid(`${topic}/${partition}/${offset} stands behind ${lastOffset}`)
  }

  function reasonFor(record: ConsumerRecord, rowBytes: number): QuarantineReason | undefined {
    if (hasOddTimestamp(record, clock.nowMs())) return 'kafka-timestamp'
    return rowBytes > maxEventRowBytes ? 'size' : undefined
  }

  function add(record: ConsumerRecord, reading: AuditReading | undefined): void {
    check(record)
    const { writer } = events
    const start = writer.position
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
      throw error
    }
    coordinates.add(record.offset, record.timestampMs)
    lastOffset = record.offset
  }

  return Object.assign(
    createEncodedBlock(owner, rows, 0, () => coordinates.count),
    { add },
  )
}

function invalid(problem: string): AuditLogError {
  return new AuditLogError(`a record cannot join a block: ${problem}`, { code: 'AUDIT_RANGE_INVALID' })
}
