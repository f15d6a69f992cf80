import { describe, expect, it } from 'vitest'
import { selectionProblems } from './selection-problems.ts'

describe('a selection', () => {
  it('has no problems where it can be meant', () => {
    expect(selectionProblems({})).toEqual([])
    const ranges = [
      { topic: 'orders', partition: 0 },
      { topic: 'orders', partition: 1, from: 0n, below: 1n },
    ]
    expect(
      selectionProblems({ ranges, names: ['order.**'], replays: { id: 'r' }, fromMs: -1, excludedEventIds: [] }),
    ).toEqual([])
  })

  it('tells every problem, and of a stretch which one it is', () => {
    expect(
      selectionProblems({
        ...{ fromMs: Number.NaN, entityId: '', replays: { id: '' }, names: ['order.*', 'order.cre*'] },
        ranges: [
          { topic: 'orders', partition: 0 },
          { topic: '', partition: -1, from: -1n },
          { topic: 'orders', partition: 1.5, from: 7n, below: 7n },
        ],
      }),
    ).toEqual([
      'fromMs must be a finite number of milliseconds',
      'entityId must not be empty',
      'replays.id must not be empty',
      'ranges[1] must name a topic',
      'ranges[1] must name a partition from 0 to 2147483647, not -1',
      'ranges[1] must begin at offset 0 or later, not at -1',
      'ranges[2] must name a partition from 0 to 2147483647, not 1.5',
      'ranges[2] must end behind its begin: 7 to 7 holds nothing',
      expect.stringContaining('order.cre*'),
    ])
  })
})
