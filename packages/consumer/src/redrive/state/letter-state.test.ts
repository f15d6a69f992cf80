import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeLetterState, encodeLetterState, type NotedStatus } from './letter-state.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('a note on a dead letter', () => {
  it('is read as it was written', () => {
    const statuses = fc.constantFrom<NotedStatus>('redriven', 'resolved', 'failed-again', 'discarded', 'parked')
    const place = fc.record({ partition: fc.nat(), offset: fc.bigInt({ min: 0n, max: 2n ** 62n }) })
    const ms = fc.integer({ min: 0, max: 4_000_000_000_000 })
    fc.assert(
      fc.property(
        place,
        statuses,
        fc.string(),
        ms,
        fc.option(fc.string(), { nil: undefined }),
        (at, status, redriveId, atMs, reason) => {
          const state = { status, redriveId, atMs, ...(reason !== undefined && { reason }) }
          expect(decodeLetterState(encodeLetterState(at, state))).toEqual({ place: at, state })
        },
      ),
    )
  })

  it('has the form that other programs may rely on', () => {
    const { key, value } = encodeLetterState(
      { partition: 3, offset: 42n },
      { status: 'discarded', redriveId: 'r-1', atMs: 0, reason: 'test orders' },
    )
    expect(new TextDecoder().decode(key ?? undefined)).toBe('3/42')
    expect(new TextDecoder().decode(value ?? undefined)).toBe(
      '{"status":"discarded","redrive_id":"r-1","at":"1970-01-01T00:00:00.000Z","reason":"test orders"}',
    )
  })

  it.each([
    ['no place', 'x', '{"status":"resolved","redrive_id":"r","at":"1970-01-01T00:00:00.000Z"}'],
    ['an unknown status', '0/1', '{"status":"done","redrive_id":"r","at":"1970-01-01T00:00:00.000Z"}'],
    ['no time', '0/1', '{"status":"resolved","redrive_id":"r"}'],
    ['no JSON', '0/1', 'resolved'],
    ['a list', '0/1', '[]'],
  ])('with %s counts for nothing', (_what, key, value) => {
    expect(decodeLetterState({ key: bytes(key), value: bytes(value) })).toBeUndefined()
  })
})
