import type { AuditSelection } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { createParameters } from '../clickhouse/statement.ts'
import { selectionCondition } from './selection-condition.ts'
import { checkSelection } from './selection-problems.ts'

function conditionOf(selection: AuditSelection): { readonly text: string; readonly values: readonly string[] } {
  const parameters = createParameters()
  return { text: selectionCondition(selection, parameters), values: [...parameters.all.values()] }
}

describe('a selection as a condition', () => {
  it('leaves replayed records out unless it is told otherwise', () => {
    expect(conditionOf({}).text).toBe("replay_id = ''")
    expect(conditionOf({ replays: 'include' }).text).toBe('true')
    expect(conditionOf({ replays: 'only' }).text).toBe("replay_id != ''")
    expect(conditionOf({ replays: { id: 'run-1' } })).toEqual({ text: 'replay_id = {p0:String}', values: ['run-1'] })
  })

  it('binds the event’s time by default, and Kafka’s on demand', () => {
    expect(conditionOf({ fromMs: 1, toMs: 5 }).text).toMatch(/^timestamp >= from.* AND timestamp < from/)
    expect(conditionOf({ fromMs: 1, timeField: 'kafka' }).text).toMatch(/^kafka_timestamp >= from/)
  })

  it('takes times that are no whole milliseconds, or beyond all times', () => {
    expect(conditionOf({ fromMs: 0.5, toMs: -0.5 }).values).toEqual(['1', '0'])
    expect(conditionOf({ fromMs: -1e300, toMs: 1e300 }).values).toEqual(['-9200000000000000000', '9200000000000000000'])
  })

  it('never holds a value in its text', () => {
    const evil = "x'); DROP TABLE audit_events; --"
    const { text } = conditionOf({
      entityType: evil,
      entityId: evil,
      actorType: evil,
      actorId: evil,
      organizationId: evil,
      correlationId: evil,
      topics: [evil],
      eventIds: [evil],
      excludedEventIds: [evil],
      ranges: [{ topic: evil, partition: 0 }],
      redrives: 'exclude',
      replays: { id: evil },
      below: [{ cluster: evil, topic: evil, partition: 0, below: 1n }],
    })
    expect(text).not.toContain('DROP')
  })

  it('selects nothing for a list without members, or of ids that are none', () => {
    for (const selection of [{ names: [] }, { topics: [] }, { statuses: [] }, { ranges: [] }, { below: [] }]) {
      expect(conditionOf({ ...selection, replays: 'include' }).text).toBe('false')
    }
    expect(conditionOf({ excludedEventIds: [], replays: 'include' }).text).toBe('true')
    expect(conditionOf({ correlationId: 'order-1', replays: 'include' }).text).toBe("false AND record_status = 'ok'")
  })

  it('takes the lower of two bounds of one partition', () => {
    const bound = { cluster: 'c', topic: 't', partition: 1 }
    expect(
      conditionOf({
        below: [
          { ...bound, below: 9n },
          { ...bound, below: 5n },
        ],
        replays: 'include',
      }).values,
    ).toEqual(['c', 't', '[1]', '[5]'])
  })
})

describe('redrives', () => {
  it('are told by the names of headers alone: the values stay unread', () => {
    expect(conditionOf({ redrives: 'exclude', replays: 'include' })).toEqual({
      text: 'NOT has(`kafka_headers.1`, {p0:String})',
      values: ['lb-redrive-id'],
    })
  })
})

describe('a selection that cannot be asked', () => {
  it('is refused with every problem at once', () => {
    expect(() => checkSelection({ fromMs: Number.NaN, entityId: '', actorId: '', replays: { id: '' } })).toThrow(
      expect.objectContaining({
        code: 'AUDIT_SELECTION_INVALID',
        message: expect.stringMatching(/fromMs.*entityId.*actorId.*replays\.id/) as unknown,
      }),
    )
  })

  it('is one with stretches that hold nothing, of which a few are named', () => {
    const ranges = Array.from({ length: 5_000 }, (_, partition) => ({ topic: 't', partition, from: 3n, below: 3n }))
    expect(() => checkSelection({ ranges })).toThrow(/ranges\[0\] must end.*ranges\[19\] must end(?!.*ranges\[20\])/)
  })

  it('is one with a list that is too long', () => {
    expect(() => checkSelection({ topics: Array.from({ length: 10_001 }, () => 't') })).toThrow(/topics has 10001/)
  })
})
