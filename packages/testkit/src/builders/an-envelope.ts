import type { Envelope } from '@ledgerbus/core'

/** An envelope that is complete; by default `order.created`, version 1, of the order `o-1`. */
export function anEnvelope(overrides: Partial<Envelope> = {}): Envelope {
  const name = overrides.name ?? 'order.created'
  return {
    eventId: '00000000-0000-7000-8000-0000000000e1',
    name,
    version: 1,
    correlationId: '00000000-0000-7000-8000-0000000000c1',
    timestamp: '2026-01-31T12:00:00.000Z',
    source: 'test',
    entity: { type: name.split('.')[0] ?? name, id: 'o-1' },
    action: name.split('.').at(-1) ?? name,
    actor: { type: 'user', id: 'u-1' },
    payload: { after: { total: 100 } },
    ...overrides,
  }
}
