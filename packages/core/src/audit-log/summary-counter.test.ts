import { describe, expect, it } from 'vitest'
import type { AuditEntry } from '../ports/audit-log.ts'
import { countSummary } from './summary-counter.ts'

function anEntry(key: string | null, offset: bigint): AuditEntry {
  return {
    record: {
      ...{ cluster: 'c', topic: 'orders', partition: 0, offset, timestampMs: 0n, value: null, headers: [] },
      key: key === null ? null : new TextEncoder().encode(key),
    },
    reading: { status: 'tombstone' },
    ingestedAtMs: 0,
  }
}

describe('counted summary', () => {
  it('tells where there are more keys than it counted, and counts all else to the end', () => {
    const counter = countSummary({ maxKeys: 2 })
    const keys = ['a', null, 'b', 'a']
    keys.forEach((key, index) => counter.add(anEntry(key, BigInt(index))))
    expect(counter.summary()).toMatchObject({ entries: 4, bytes: 3, keys: 2 })
    expect(counter.summary()).not.toHaveProperty('keysCounted')
    counter.add(anEntry('c', 4n))
    expect(counter.summary()).toMatchObject({ entries: 5, bytes: 4, keys: 2, keysCounted: 'in-part' })
    expect(counter.summary().bounds).toEqual([{ cluster: 'c', topic: 'orders', partition: 0, below: 5n }])
  })
})
