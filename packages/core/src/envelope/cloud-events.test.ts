import { type CloudEvent, Kafka, type KafkaMessage } from 'cloudevents'
import { describe, expect, it } from 'vitest'
import { EventValidationError } from '../errors/event-validation-error.ts'
import type { RecordHeader } from '../ports/record.ts'
import { eventHeaders } from './cloud-events.ts'
import type { Envelope } from './envelope.ts'
import { encodeEnvelope, toWireEnvelope } from './envelope-codec.ts'
import { headerText } from './headers.ts'

const envelope: Envelope = {
  eventId: '01900000-0000-7000-8000-000000000001',
  name: 'order.created',
  version: 1,
  correlationId: '01900000-0000-7000-8000-000000000002',
  causationId: '01900000-0000-7000-8000-000000000003',
  timestamp: '2026-01-31T12:00:00.000Z',
  source: 'checkout',
  entity: { type: 'order', id: 'o-ü' },
  action: 'created',
  payload: { after: { total: 1 } },
}

function texts(headers: readonly RecordHeader[]): [string, string | undefined][] {
  return headers.map(({ name }) => [name, headerText(headers, name)])
}

function issuesOf(headers: Record<string, string>): Record<string, string> {
  try {
    eventHeaders(envelope, { headers })
  } catch (error) {
    if (error instanceof EventValidationError) {
      return Object.fromEntries(error.issues.map((issue) => [issue.path, issue.message]))
    }
    throw error
  }
  return {}
}

describe('the headers of an event', () => {
  it('are CloudEvents in binary mode, then the trace, then the user’s own', () => {
    const headers = eventHeaders(envelope, {
      key: 'o-ü',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      tracestate: 'a=1',
      headers: { 'x-request': 'r-1', 'x-region': 'eu' },
    })
    expect(texts(headers)).toEqual([
      ['content-type', 'application/json'],
      ['ce_specversion', '1.0'],
      ['ce_id', '01900000-0000-7000-8000-000000000001'],
      ['ce_type', 'order.created'],
      ['ce_source', 'checkout'],
      ['ce_time', '2026-01-31T12:00:00.000Z'],
      ['ce_subject', 'order/o-ü'],
      ['ce_correlationid', '01900000-0000-7000-8000-000000000002'],
      ['ce_causationid', '01900000-0000-7000-8000-000000000003'],
      ['ce_partitionkey', 'o-ü'],
      ['traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
      ['tracestate', 'a=1'],
      ['x-request', 'r-1'],
      ['x-region', 'eu'],
    ])
  })

  it('leave out what the event does not have', () => {
    const { entity: _entity, causationId: _causationId, ...bare } = envelope
    expect(eventHeaders(bare, { key: null }).map(({ name }) => name)).toEqual([
      'content-type',
      'ce_specversion',
      'ce_id',
      'ce_type',
      'ce_source',
      'ce_time',
      'ce_correlationid',
    ])
  })

  it('are a valid CloudEvent to its own library', () => {
    const headers = eventHeaders(envelope, { key: 'o-1', headers: { 'x-request': 'r-1' } })
    const message: KafkaMessage<string> = {
      // The library takes texts; it rejects bytes.
      headers: Object.fromEntries(headers.map(({ name }) => [name, headerText(headers, name) ?? ''])),
      key: 'o-1',
      value: new TextDecoder().decode(encodeEnvelope(envelope)),
      body: '',
    }
    const event = Kafka.toEvent(message) as CloudEvent<unknown>
    expect(event.validate()).toBe(true)
    expect(event).toMatchObject({
      specversion: '1.0',
      id: envelope.eventId,
      type: 'order.created',
      source: 'checkout',
      time: '2026-01-31T12:00:00.000Z',
      subject: 'order/o-ü',
      datacontenttype: 'application/json',
      correlationid: envelope.correlationId,
      causationid: envelope.causationId,
      partitionkey: 'o-1',
      data: toWireEnvelope(envelope),
    })
  })

  it('keep a trace that the user set, with its state or without one', () => {
    const headers = eventHeaders(envelope, {
      traceparent: 'ours',
      tracestate: 'ours',
      headers: { traceparent: 'theirs' },
    })
    expect(headerText(headers, 'traceparent')).toBe('theirs')
    expect(headerText(headers, 'tracestate')).toBeUndefined()
    expect(headers.filter(({ name }) => name === 'traceparent')).toHaveLength(1)
  })

  it.each(['a\nb', '', 'k'.repeat(8_193)])('leave out a partition key that no CloudEvents header holds', (key) => {
    expect(headerText(eventHeaders(envelope, { key }), 'ce_partitionkey')).toBeUndefined()
  })

  it('refuse names that are ours, whatever their case, and names that are none', () => {
    expect(
      Object.keys(issuesOf({ 'lb-x': '', 'LB-x': '', ce_x: '', Ce_x: '', 'Content-Type': '', '': '', 'a\r\nb': '' })),
    ).toHaveLength(7)
    expect(issuesOf({ 'x-lb-': 'fine', ce: 'fine', '1': 'fine' })).toEqual({})
  })

  it('refuse values that are no texts or not well-formed', () => {
    expect(Object.keys(issuesOf({ a: 1 as unknown as string, b: '\udc00' }))).toEqual(['headers.a', 'headers.b'])
    expect(issuesOf([] as unknown as Record<string, string>)).toEqual({ headers: 'must be an object of texts' })
  })

  it('refuse more than 64 headers, ours included', () => {
    const many = (count: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, '']))
    expect(issuesOf(many(55))).toEqual({})
    expect(issuesOf(many(56))).toEqual({ headers: '65 headers, at most 64 with ours' })
  })

  it('refuse a value above 8 KiB, counted in bytes', () => {
    expect(issuesOf({ x: 'a'.repeat(8_192) })).toEqual({})
    expect(issuesOf({ x: 'ü'.repeat(4_097) })).toEqual({ 'headers.x': '8194 bytes, at most 8192' })
  })

  it('refuse more than 52 KiB in all, so that retries and dead letters have room within 64 KiB', () => {
    const big = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`x-${index}`, 'a'.repeat(8_192)]))
    expect(issuesOf(big)).toEqual({ headers: expect.stringContaining('at most 53248 with ours') })
  })
})
