import type { SinkPartition } from '@ledgerbus/audit-sink'
import { describe, expect, it } from 'vitest'
import { sinkMetrics } from './sink-metrics.ts'

const counts = {
  stored: 7,
  undecodable: 2,
  tombstones: 1,
  inserts: 3,
  repeatedInserts: 4,
  recovered: 1,
  foundStanding: 5,
}
const held: SinkPartition = {
  topic: 'orders',
  partition: 3,
  state: 'held',
  committed: 10n,
  end: 9_007_199_254_740_993n,
  lag: 9_007_199_254_740_983n,
  pendingRecords: 2,
  pendingBytes: 900,
}

describe('metrics of the sink', () => {
  it('tell what it did and how each partition stands, every digit of an offset', () => {
    const text = sinkMetrics({ counts: () => counts, partitions: () => [held] })
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    expect(samples).toEqual([
      'ledgerbus_sink_records_stored_total 7',
      'ledgerbus_sink_records_undecodable_total 2',
      'ledgerbus_sink_records_tombstone_total 1',
      'ledgerbus_sink_records_found_standing_total 5',
      'ledgerbus_sink_inserts_total 3',
      'ledgerbus_sink_inserts_repeated_total 4',
      'ledgerbus_sink_ranges_recovered_total 1',
      'ledgerbus_sink_partition_lag{topic="orders",partition="3"} 9007199254740983',
      'ledgerbus_sink_partition_committed_offset{topic="orders",partition="3"} 10',
      'ledgerbus_sink_partition_pending_records{topic="orders",partition="3"} 2',
      'ledgerbus_sink_partition_pending_bytes{topic="orders",partition="3"} 900',
      'ledgerbus_sink_partition_state{topic="orders",partition="3",state="reading"} 0',
      'ledgerbus_sink_partition_state{topic="orders",partition="3",state="held"} 1',
      'ledgerbus_sink_partition_state{topic="orders",partition="3",state="paused"} 0',
    ])
  })

  it('name their kind and meaning before the first sample, also without a partition', () => {
    const text = sinkMetrics({ counts: () => counts, partitions: () => [] })
    expect(text).toContain('# TYPE ledgerbus_sink_partition_lag gauge\n')
    for (const family of text.split('# HELP ').slice(1)) {
      expect(family).toMatch(/^(\w+) .+\n# TYPE \1 (counter|gauge)\n/u)
    }
    expect(text.endsWith('\n')).toBe(true)
  })
})
