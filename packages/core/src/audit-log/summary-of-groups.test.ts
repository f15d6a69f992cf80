import { describe, expect, it } from 'vitest'
import { type EntryGroup, summaryOf } from './summary-of-groups.ts'

const day = 86_400_000

function aGroup(overrides: Partial<EntryGroup> = {}): EntryGroup {
  return {
    name: 'order.created',
    version: 1,
    cluster: 'c',
    topic: 'orders',
    partition: 0,
    status: 'ok',
    day: 0,
    entries: 1,
    bytes: 10,
    firstMs: 5,
    lastMs: 6,
    highestOffset: 7n,
    ...overrides,
  }
}

describe('a summary', () => {
  it('adds up: every list but the names’ has all entries', () => {
    const summary = summaryOf(
      [
        aGroup({ entries: 3, partition: 1, highestOffset: 2n ** 60n }),
        aGroup({ entries: 2, version: 2, topic: 'users', name: 'user.created', day: 1, firstMs: day, lastMs: day + 1 }),
        aGroup({ entries: 4, name: '', version: 0, status: 'undecodable' }),
      ],
      6,
    )
    expect(summary).toEqual({
      entries: 9,
      bytes: 30,
      keys: 6,
      byName: [
        { name: 'order.created', version: 1, entries: 3 },
        { name: 'user.created', version: 2, entries: 2 },
      ],
      byTopic: [
        { topic: 'orders', entries: 7 },
        { topic: 'users', entries: 2 },
      ],
      byDay: [
        { day: '1970-01-01', entries: 7 },
        { day: '1970-01-02', entries: 2 },
      ],
      byStatus: [
        { status: 'ok', entries: 5 },
        { status: 'undecodable', entries: 4 },
      ],
      firstMs: 5,
      lastMs: day + 1,
      bounds: [
        { cluster: 'c', topic: 'orders', partition: 0, below: 8n },
        { cluster: 'c', topic: 'orders', partition: 1, below: 2n ** 60n + 1n },
        { cluster: 'c', topic: 'users', partition: 0, below: 8n },
      ],
    })
  })

  it('of nothing has no first and no last', () => {
    expect(summaryOf([], 0)).toEqual({
      entries: 0,
      bytes: 0,
      keys: 0,
      byName: [],
      byTopic: [],
      byDay: [],
      byStatus: [],
      bounds: [],
    })
  })

  it.each([
    [-719_162, '0001-01-01'],
    [2_932_896, '9999-12-31'],
    [1e15, '+275760-09-13'],
  ])('names the day %d %s', (number, text) => {
    expect(summaryOf([aGroup({ day: number })], 0).byDay).toEqual([{ day: text, entries: 1 }])
  })

  it('sorts versions as numbers', () => {
    const summary = summaryOf([aGroup({ version: 10 }), aGroup({ version: 9 })], 0)
    expect(summary.byName.map(({ version }) => version)).toEqual([9, 10])
  })
})
