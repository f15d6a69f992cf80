import type { AuditRange } from '@ledgerbus/core'

/** What is wrong with a range; `undefined` when it is one partition's records in offset order, within its bounds. */
export function rangeProblem({ cluster, topic, partition, first, next, records }: AuditRange): string | undefined {
  if (records.length === 0) return 'it has no record'
  let from = first
  for (const { record } of records) {
    if (record.cluster !== cluster || record.topic !== topic || record.partition !== partition) {
      return `${record.cluster}/${record.topic}/${record.partition}/${record.offset} is of another partition`
    }
    if (record.offset < from) return `offset ${record.offset} comes too late or before the range`
    from = record.offset + 1n
  }
  return from > next ? `offset ${from - 1n} stands behind the range` : undefined
}
