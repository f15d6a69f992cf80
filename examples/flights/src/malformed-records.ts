import { randomUUID } from 'node:crypto'
import type { ProducerRecord } from '@ledgerbus/core'

function envelope(changes: Record<string, unknown>): string {
  return JSON.stringify({
    event_id: randomUUID(),
    name: 'flight.landed',
    version: 1,
    correlation_id: randomUUID(),
    timestamp: '2001-02-03T04:05:00.000Z',
    source: 'an-old-service',
    entity: { type: 'flight', id: 'ABQ-DEN-old' },
    action: 'landed',
    actor: { type: 'airport', id: 'DEN' },
    payload: { after: { origin: 'ABQ', destination: 'DEN', distanceMiles: 349, delayMinutes: 75 } },
    ...changes,
  })
}

/** What other programs on a topic send sooner or later. None of these can be handled; none may stop a group. */
export function malformedRecords(nowMs: number): ProducerRecord[] {
  const values: (string | Uint8Array)[] = [
    envelope({}).slice(0, 120), // cut off
    Uint8Array.of(0xff, 0xfe, 0x00, 0x7b), // not UTF-8
    '"landed"', // JSON, but no event
    envelope({ payload: { after: { origin: 'ABQ', destination: 'DEN', distanceMiles: 349, delayMinutes: 'late' } } }),
    envelope({ version: 9 }), // from the future
  ]
  return values.map((value) => ({
    key: Buffer.from('ABQ'),
    value: typeof value === 'string' ? Buffer.from(value) : value,
    headers: [],
    timestampMs: BigInt(nowMs),
  }))
}
