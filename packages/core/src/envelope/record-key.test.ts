import { describe, expect, it } from 'vitest'
import { defineEvent } from '../definition/define-event.ts'
import type { EventDefinition } from '../definition/event-definition.ts'
import type { Envelope } from './envelope.ts'
import { recordKeyOf } from './record-key.ts'

const event: Envelope = {
  eventId: '01900000-0000-7000-8000-000000000001',
  name: 'order.created',
  version: 1,
  correlationId: '01900000-0000-7000-8000-000000000001',
  timestamp: '2026-01-31T12:00:00.000Z',
  source: 'checkout',
  entity: { type: 'order', id: 'o-1' },
  action: 'created',
  payload: {},
}

function definition(key?: () => string | null): EventDefinition {
  const options = { version: 1, description: 'x', payload: {} }
  return defineEvent('order.created', key === undefined ? options : { ...options, key })
}

describe('the key of a record', () => {
  it('is what the publish said', () => {
    expect(recordKeyOf(definition(), event, 'k')).toBe('k')
    expect(recordKeyOf(definition(), event, null)).toBeNull()
  })

  it('is otherwise what the definition says', () => {
    expect(recordKeyOf(definition(), event)).toBe('o-1')
    expect(
      recordKeyOf(
        definition(() => 'customer-7'),
        event,
        undefined,
      ),
    ).toBe('customer-7')
    expect(
      recordKeyOf(
        definition(() => null),
        event,
      ),
    ).toBeNull()
  })

  it.each([[''], ['\ud800'], [undefined], [7]])('must not be %j', (key) => {
    expect(() =>
      recordKeyOf(
        definition(() => key as string),
        event,
      ),
    ).toThrow('order.created: key: must')
  })

  it('has at most 64 KiB, counted in bytes', () => {
    expect(recordKeyOf(definition(), event, 'ü'.repeat(32_768))).toHaveLength(32_768)
    expect(() => recordKeyOf(definition(), event, 'ü'.repeat(32_769))).toThrow('key: has more than 65536 bytes')
  })

  it('is an error with its cause when the key function throws', () => {
    const cause = new TypeError('no customer')
    const throwing = definition(() => {
      throw cause
    })
    expect(() => recordKeyOf(throwing, event)).toThrow(expect.objectContaining({ code: 'EVENT_SCHEMA_FAILED', cause }))
  })
})
