import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AuditEntry } from '../ports/audit-log.ts'
import { causationTree } from './causation-tree.ts'

const idOf = (number: number): string => `0192a000-0000-7000-8000-${String(number).padStart(12, '0')}`

/** An entry of an event, later ones at later times. */
function anEntry(number: number, cause?: number, offset = number): AuditEntry {
  const record = { cluster: 'c', topic: 't', partition: 0, offset: BigInt(offset), timestampMs: BigInt(number) }
  const envelope = {
    ...{
      eventId: idOf(number),
      name: `event.n${number}`,
      version: 1,
      correlationId: idOf(0),
      source: 'test',
      action: 'n',
    },
    ...{ timestamp: new Date(number).toISOString(), payload: {} },
    ...(cause !== undefined && { causationId: idOf(cause) }),
  }
  return {
    record: { ...record, key: null, value: null, headers: [] },
    reading: { status: 'ok', envelope, format: 'json' },
    ingestedAtMs: 0,
  }
}

function outline(entries: readonly AuditEntry[]): readonly string[] {
  return causationTree(entries).map(({ entry, depth, cause, isInCircle, repeats }) => {
    const notes = [cause && 'orphan', isInCircle && 'circle', repeats && 'repeated'].filter(Boolean).join(' ')
    return `${'.'.repeat(depth)}${entry.record.timestampMs}${notes === '' ? '' : ` ${notes}`}`
  })
}

describe('a causation tree', () => {
  it('stands in the order of causes, and of time among siblings, whatever the order of entries', () => {
    const entries = [anEntry(5, 2), anEntry(3, 1), anEntry(4, 2), anEntry(2, 1), anEntry(1)]
    expect(outline(entries)).toEqual(['1', '.2', '..4', '..5', '.3'])
    expect(outline(entries.toReversed())).toEqual(outline(entries))
  })

  it('begins anew with an event whose cause is not there', () => {
    expect(outline([anEntry(1), anEntry(2, 99), anEntry(3, 2)])).toEqual(['1', '2 orphan', '.3'])
  })

  it('ends where causes lead back to themselves', () => {
    expect(outline([anEntry(1, 3), anEntry(2, 1), anEntry(3, 2), anEntry(4, 3), anEntry(5, 5)])).toEqual([
      '5 circle',
      '1 circle',
      '.2',
      '..3',
      '...4',
    ])
  })

  it('holds an event once that was published again', () => {
    expect(outline([anEntry(1), anEntry(2, 1), anEntry(2, 1, 20)])).toEqual(['1', '.2 repeated'])
  })

  it('holds every event once whatever causes what, and takes a chain of any length', () => {
    const causes = fc.array(fc.option(fc.nat(40), { nil: undefined }), { maxLength: 40 })
    fc.assert(
      fc.property(causes, (given) => {
        const steps = causationTree(given.map((cause, number) => anEntry(number, cause)))
        const numbers = steps
          .map(({ entry }) => Number(entry.record.timestampMs))
          .toSorted((left, right) => left - right)
        expect(numbers).toEqual(given.map((_, number) => number))
        // A step is caused by the nearest one before it that is one less deep.
        for (const [at, { depth, entry }] of steps.entries()) {
          if (depth === 0 || entry.reading.status !== 'ok') continue
          const parent = steps.slice(0, at).findLast((step) => step.depth === depth - 1)?.entry.reading
          expect(parent?.status === 'ok' && parent.envelope.eventId).toBe(entry.reading.envelope.causationId)
        }
      }),
    )
    const chain = Array.from({ length: 10_000 }, (_, number) => anEntry(number, number === 0 ? undefined : number - 1))
    expect(causationTree(chain).at(-1)?.depth).toBe(9_999)
  })
})
