import type { AuditRange } from '@ledgerbus/core'

/** Most rows of one insert: one more and the server would cut it into two blocks, of which one may land without the other. */
const maxRangeRows = 1_000_000

/** What is wrong with a range; `undefined` when it is one. A range in disorder would get a token that another range has. */
export function rangeProblem(range: AuditRange): string | undefined {
  const { records } = range
  if (records.length === 0) return 'it has no record'
  if (records.length > maxRangeRows)
    return `it has ${records.length} records, at most ${maxRangeRows} fit into one insert`
  let behind = range.first
  for (const { record } of records) {
    if (record.cluster !== range.cluster || record.topic !== range.topic || record.partition !== range.partition) {
      return `${record.cluster}/${record.topic}/${record.partition}/${record.offset} is of another partition`
    }
    if (record.offset < behind) return `offset ${record.offset} stands behind ${behind - 1n} or before the range`
    behind = record.offset + 1n
  }
  return behind > range.next ? `offset ${behind - 1n} stands behind the range` : undefined
}
