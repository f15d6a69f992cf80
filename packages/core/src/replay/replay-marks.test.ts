import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { headerText, textHeader } from '../envelope/headers.ts'
import type { RecordHeader } from '../ports/record.ts'
import {
  isReplayForOtherGroups,
  readReplayMarks,
  type ReplayMarks,
  replayHeaders,
  withoutReplayHeaders,
} from './replay-marks.ts'

const marks: ReplayMarks = {
  replayId: '01900000-0000-7000-8000-000000000001',
  sequence: 41,
  mode: 'rehandle',
  of: { topic: 'orders', partition: 3, offset: 9_007_199_254_740_993n },
  originalTimestampMs: 1_769_860_800_123n,
  groups: ['billing', 'a,"b"'],
  reason: 'compensation was wrong',
}

function withHeader(name: string, text: string | null): RecordHeader[] {
  const others = replayHeaders(marks).filter((header) => header.name !== name)
  return text === null ? others : [...others, textHeader(name, text)]
}

describe('the marks of a replay', () => {
  it('are these headers', () => {
    const headers = replayHeaders(marks)
    expect(headers.map(({ name }) => [name, headerText(headers, name)])).toEqual([
      ['lb-replay-id', '01900000-0000-7000-8000-000000000001'],
      ['lb-replay-seq', '41'],
      ['lb-replay-mode', 'rehandle'],
      ['lb-replay-of', 'orders/3/9007199254740993'],
      ['lb-replay-original-time', '1769860800123'],
      ['lb-replay-groups', '["billing","a,\\"b\\""]'],
      ['lb-replay-reason', 'compensation was wrong'],
    ])
  })

  it('leave out groups and reason where there are none', () => {
    const { groups: _groups, reason: _reason, ...bare } = marks
    expect(replayHeaders(bare).map(({ name }) => name)).not.toContain('lb-replay-groups')
    expect(readReplayMarks(replayHeaders(bare))).toEqual(bare)
  })

  it('come back as they went', () => {
    const anyMarks: fc.Arbitrary<ReplayMarks> = fc.record(
      {
        replayId: fc.uuid(),
        sequence: fc.maxSafeNat(),
        mode: fc.constantFrom('rehandle', 'fill-gaps', 'rebuild', 'copy'),
        of: fc.record({
          topic: fc.stringMatching(/^[a-zA-Z0-9._-]{1,249}$/),
          partition: fc.nat(),
          offset: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
        }),
        originalTimestampMs: fc.bigInt({ min: -1n, max: 2n ** 53n }),
        groups: fc.array(fc.string({ unit: 'binary' })),
        reason: fc.string({ unit: 'grapheme' }),
      },
      { requiredKeys: ['replayId', 'sequence', 'mode', 'of', 'originalTimestampMs'] },
    )
    fc.assert(
      fc.property(anyMarks, (written) => {
        expect(readReplayMarks(replayHeaders(written))).toEqual(written)
      }),
    )
  })

  it('are absent from a record that no replay published', () => {
    expect(readReplayMarks([])).toBeUndefined()
    expect(readReplayMarks([textHeader('ce_id', 'x')])).toBeUndefined()
    expect(readReplayMarks([{ name: 'lb-replay-id', value: null }])).toBeUndefined()
  })

  it.each([
    ['lb-replay-id', ''],
    ['lb-replay-id', null],
    ['lb-replay-seq', null],
    ['lb-replay-seq', '-1'],
    ['lb-replay-seq', '1.5'],
    ['lb-replay-seq', '9007199254740993'],
    ['lb-replay-mode', 'again'],
    ['lb-replay-mode', null],
    ['lb-replay-of', 'orders/3'],
    ['lb-replay-of', 'orders/3/x'],
    ['lb-replay-of', '/3/1'],
    ['lb-replay-of', 'orders/3/1/1'],
    ['lb-replay-of', 'orders/-3/1'],
    ['lb-replay-of', 'orders/3/-1'],
    ['lb-replay-original-time', 'now'],
    ['lb-replay-original-time', '1'.repeat(20)],
    ['lb-replay-groups', 'billing'],
    ['lb-replay-groups', '{"billing":true}'],
    ['lb-replay-groups', '[1]'],
  ])('do not count when %s is %j: in doubt the record is handled', (name, text) => {
    expect(readReplayMarks(withHeader(name, text))).toBeUndefined()
  })

  it('are taken off again, and nothing else is', () => {
    const original = [
      textHeader('ce_id', '1'),
      { name: 'x', value: null },
      textHeader('lb-attempts', '2'),
      textHeader('x', ''),
    ]
    expect(withoutReplayHeaders([...original, ...replayHeaders(marks)])).toEqual(original)
  })
})

describe('a replayed record', () => {
  it('is for the groups it names and for no other', () => {
    expect(isReplayForOtherGroups(marks, 'billing')).toBe(false)
    expect(isReplayForOtherGroups(marks, 'shipping')).toBe(true)
    expect(isReplayForOtherGroups({ ...marks, groups: [] }, 'billing')).toBe(true)
  })

  it('is for every group when it names none', () => {
    const { groups: _groups, ...forAll } = marks
    expect(isReplayForOtherGroups(forAll, 'shipping')).toBe(false)
  })

  it('is told apart from a record that is no replay', () => {
    expect(isReplayForOtherGroups(undefined, 'shipping')).toBe(false)
  })
})
