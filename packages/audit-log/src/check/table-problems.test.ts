import { describe, expect, it } from 'vitest'
import { auditColumns } from '../row/audit-columns.ts'
import { columnProblems, type TableFacts, writtenTableProblems } from './table-problems.ts'

const good: TableFacts = {
  name: 'audit_events',
  engine: 'ReplacingMergeTree',
  engineFull:
    'ReplacingMergeTree PARTITION BY toYYYYMM(kafka_timestamp) ORDER BY (x) SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 100000, fsync_after_insert = 1',
  sortingKey: 'kafka_timestamp, kafka_cluster, kafka_topic, kafka_partition, kafka_offset',
  partitionKey: 'toYYYYMM(kafka_timestamp)',
  computedColumns: [],
  columns: new Map<string, string>(Object.entries(auditColumns)),
}

const problemsOf = (table: TableFacts) => writtenTableProblems(table, 'toYYYYMM(kafka_timestamp)')

describe('a table that is written', () => {
  it('passes as the migrations make it', () => {
    expect(problemsOf(good)).toEqual([])
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
    ['other months', { partitionKey: 'toYYYYMM(timestamp)' }, /partitioned by \(toYYYYMM\(timestamp\)\)/],
    [
      'a bound on the months of a question',
      { engineFull: `${good.engineFull}, max_partitions_to_read = 3` },
      /RESET SETTING max_partitions_to_read/,
    ],
    ['no fsync', { engineFull: 'R SETTINGS non_replicated_deduplication_window = 5' }, /fsync_after_insert is off/],
  ])('fails with %s, and the message says what to do', (_, change, expected) => {
    expect(problemsOf({ ...good, ...change })).toEqual([expect.stringMatching(expected)])
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

  it('fails with a column that the server computes', () => {
    expect(problemsOf({ ...good, computedColumns: ['total', 'raw'] })).toEqual([
      'audit_events: the column raw is computed by the server, so nothing can be stored in it',
    ])
  })

  it.each([
    ['ReplicatedReplacingMergeTree', "ReplicatedReplacingMergeTree('/p', 'r') PARTITION BY x"],
    ['SharedReplacingMergeTree', 'SharedReplacingMergeTree PARTITION BY x'],
  ])('of the engine %s has a window of its own name', (engine, engineFull) => {
    const week = 'replicated_deduplication_window_seconds = 604800'
    const replicated = { ...good, engine, engineFull: `${engineFull} SETTINGS ${week}, fsync_after_insert = 1` }
    expect(problemsOf(replicated)).toEqual([])
    expect(
      problemsOf({ ...replicated, engineFull: `${replicated.engineFull}, replicated_deduplication_window = 0` }),
    ).toEqual([expect.stringMatching(/replicated_deduplication_window is 0/)])
    expect(problemsOf({ ...replicated, engineFull: `${engineFull} SETTINGS fsync_after_insert = 1` })).toEqual([
      expect.stringMatching(/replicated_deduplication_window_seconds is less than a day/),
    ])
  })

  it('passes with columns of somebody else’s', () => {
    expect(problemsOf({ ...good, columns: new Map([...good.columns, ['total', 'Float64']]) })).toEqual([])
  })
})
