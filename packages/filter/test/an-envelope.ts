import type { Envelope } from '@ledgerbus/core'

/** An envelope that is complete. The builder of testkit is out of reach: its in-memory audit log stands on this package. */
export function anEnvelope(overrides: Partial<Envelope> = {}): Envelope {
  return {
    eventId: '00000000-0000-7000-8000-0000000000e1',
    name: 'order.created',
    version: 1,
    correlationId: '00000000-0000-7000-8000-0000000000c1',
    timestamp: '2026-01-31T12:00:00.000Z',
    source: 'test',
    entity: { type: 'order', id: 'o-1' },
    action: 'created',
    actor: { type: 'user', id: 'u-1' },
    payload: { after: { total: 100 } },
    ...overrides,
  }
}
