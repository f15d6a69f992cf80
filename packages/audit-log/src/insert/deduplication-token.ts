import { crc32 } from 'node:zlib'
import type { AuditRange, ConsumerRecord } from '@ledgerbus/core'

const bytesPerRecord = 16

/**
 * What makes an insert the same insert: `<cluster>:<topic>:<partition>:<first>-<next>:<count>:<crc32>`. The server drops a block whose token
 * it has seen and answers as if it had stored it, so a token that is too equal loses rows, and one that is too different only makes a copy,
 * which the sort key hides.
 *
 * Hence the checksum over offset and Kafka timestamp of every record: a topic that was deleted and made again starts at offset 0, and the
 * range alone would be the old topic's. Hence also `records` are those of one table only: what goes where may be judged anew at the next
 * try. Never over encoded bytes, as encoders change.
 *
 * @param records those of the range that this insert holds, in offset order
 */
export function deduplicationToken(range: AuditRange, records: readonly ConsumerRecord[]): string {
  const coordinates = new DataView(new ArrayBuffer(records.length * bytesPerRecord))
  let position = 0
  for (const { offset, timestampMs } of records) {
    coordinates.setBigUint64(position, offset, true)
    coordinates.setBigInt64(position + 8, timestampMs, true)
    position += bytesPerRecord
  }
  const checksum = crc32(new Uint8Array(coordinates.buffer)).toString(16).padStart(8, '0')
  const { cluster, topic, partition, first, next } = range
  return `${cluster}:${topic}:${partition}:${first}-${next}:${records.length}:${checksum}`
}
