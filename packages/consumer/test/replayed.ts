import { type RecordHeader, replayHeaders, type ReplayMarks } from '@ledgerbus/core'

/** The marks of a record that a replay published: run `r-1`, handled again, for all groups. */
export function someMarks(marks: Partial<ReplayMarks> = {}): ReplayMarks {
  const of = { topic: 'orders', partition: 0, offset: 0n }
  return { replayId: 'r-1', sequence: 0, mode: 'rehandle', of, originalTimestampMs: 1n, ...marks }
}

/** The same as headers of a record. */
export function replayed(marks: Partial<ReplayMarks> = {}): readonly RecordHeader[] {
  return replayHeaders(someMarks(marks))
}
