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
      replays: { id: evil },
      below: [{ cluster: evil, topic: evil, partition: 0, below: 1n }],
    })
    expect(text).not.toContain('DROP')
  })

  it('selects nothing for a list without members, or of ids that are none', () => {
    for (const selection of [{ names: [] }, { topics: [] }, { statuses: [] }, { below: [] }]) {
      expect(conditionOf({ ...selection, replays: 'include' }).text).toBe('false')
    }
    expect(conditionOf({ correlationId: 'order-1', replays: 'include' }).text).toBe("false AND event_name != ''")
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

describe('a selection that cannot be asked', () => {
  it('is refused with every problem at once', () => {
    expect(() => checkSelection({ fromMs: Number.NaN, entityId: '', actorId: '', replays: { id: '' } })).toThrow(
      expect.objectContaining({
        code: 'AUDIT_SELECTION_INVALID',
        message: expect.stringMatching(/fromMs.*entityId.*actorId.*replays\.id/) as unknown,
      }),
    )
  })

  it('is one with a list that is too long', () => {
    expect(() => checkSelection({ topics: Array.from({ length: 10_001 }, () => 't') })).toThrow(/topics has 10001/)
  })
})
