import { describe, expect, it } from 'vitest'
import { auditColumns } from '../row/audit-columns.ts'
import { columnProblems, type TableFacts, writtenTableProblems } from './table-problems.ts'

const good: TableFacts = {
  name: 'audit_events',
  engine: 'ReplacingMergeTree',
  engineFull:
    'ReplacingMergeTree PARTITION BY toYYYYMM(kafka_timestamp) ORDER BY (x) SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 100000, fsync_after_insert = 1',
  sortingKey: 'kafka_timestamp, kafka_cluster, kafka_topic, kafka_partition, kafka_offset',
  columns: new Map<string, string>(Object.entries(auditColumns)),
}

describe('a table that is written', () => {
  it('passes as the migrations make it', () => {
    expect(writtenTableProblems(good)).toEqual([])
  })

  it.each([
    ['another engine', { engine: 'MergeTree' }, /its engine is MergeTree/],
    ['another sort key', { sortingKey: 'kafka_topic, kafka_offset' }, /sorted by \(kafka_topic, kafka_offset\)/],
    [
      'no deduplication window',
      { engineFull: 'ReplacingMergeTree SETTINGS fsync_after_insert = 1' },
      /deduplication_window is 0/,
    ],
    [
      'a deduplication window of 0',
      { engineFull: 'R SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = 1' },
      /deduplication_window is 0/,
    ],
    ['no fsync', { engineFull: 'R SETTINGS non_replicated_deduplication_window = 5' }, /fsync_after_insert is off/],
  ])('fails with %s, and the message says what to do', (_, change, expected) => {
    expect(writtenTableProblems({ ...good, ...change })).toEqual([expect.stringMatching(expected)])
  })

  it('fails with a column missing or of another type', () => {
    const columns = new Map(good.columns)
    columns.delete('raw')
    columns.set('kafka_offset', 'Int64')
    expect(columnProblems({ ...good, columns })).toEqual([
      'audit_events: the column kafka_offset is Int64, not UInt64',
      'audit_events: the column raw is missing',
    ])
  })

  it('passes with columns of somebody else’s', () => {
    expect(writtenTableProblems({ ...good, columns: new Map([...good.columns, ['total', 'Float64']]) })).toEqual([])
  })
})
