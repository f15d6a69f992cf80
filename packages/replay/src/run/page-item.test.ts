import { type AuditEntry, partitionOf } from '@ledgerbus/core'
import { anAuditEntry, type AuditEntryInput } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import { toPageItem } from './page-item.ts'
import type { ReplayTransform, TransformedRecord } from './replay-transform.ts'

const plan = {
  replayId: 'r-1',
  mode: 'rehandle',
  content: 'stored',
  groups: ['billing'],
  reason: 'a test',
} as unknown as ReplayPlan

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function partitionAfter(input: AuditEntryInput, partitions: number, made?: TransformedRecord): number {
  const transform: ReplayTransform | undefined = made && (() => made)
  const needs = { plan, partitions: new Map([['orders', partitions]]), events: undefined, transform }
  const item = toPageItem(anAuditEntry(input), needs, { sequence: 0 })
  if (item.kind !== 'record') throw new Error(`it is ${item.kind}`)
  return item.addressed.partition
}

const customer = 'customer-7'
const ofCustomer = partitionOf(bytesOf(customer), 6)
/** Every partition but the one that the customer's key belongs to. */
const others = Array.from({ length: 6 }, (_, partition) => partition).filter((partition) => partition !== ofCustomer)

describe('the partition of a record', () => {
  it('is that of its entry while the key is the same, whoever placed it there', () => {
    for (const partition of others) {
      expect(partitionAfter({ key: customer, partition }, 6)).toBe(partition)
      expect(partitionAfter({ key: customer, partition }, 6, { value: bytesOf('other') })).toBe(partition)
    }
  })

  it('is that of its entry where a transform gives the same key again', () => {
    for (const partition of others)
      expect(partitionAfter({ key: customer, partition }, 6, { key: bytesOf(customer) })).toBe(partition)
  })

  it('is that of its key where a transform gave another, wherever the entry stood', () => {
    const places = others.map((partition) =>
      partitionAfter({ key: `order-${partition}`, partition }, 6, { key: bytesOf(customer) }),
    )
    expect(new Set(places)).toEqual(new Set([ofCustomer]))
  })

  it('is that of its key where an entry without one was given one', () => {
    const [partition = 0] = others
    expect(partitionAfter({ key: null, partition }, 6, { key: bytesOf(customer) })).toBe(ofCustomer)
  })

  it('is that of its entry where a transform took the key: there is no order to keep', () => {
    expect(partitionAfter({ key: customer, partition: 5 }, 6, { key: null })).toBe(5)
    expect(partitionAfter({ key: customer, partition: 5 }, 3, { key: null })).toBe(2)
  })

  it('is that of its key where the topic has no partition of that number', () => {
    expect(partitionAfter({ key: customer, partition: 5 }, 3)).toBe(partitionOf(bytesOf(customer), 3))
  })

  it('is one for each key that a transform gives to all entries, in any number of partitions', () => {
    const entries = fc.array(fc.record({ order: fc.nat(50), partition: fc.nat(11), customer: fc.nat(5) }))
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 12 }), (all, partitions) => {
        const places = new Map<number, Set<number>>()
        for (const { order, partition, customer: number } of all) {
          const key = bytesOf(`customer-${number}`)
          const place = partitionAfter({ key: `order-${order}`, partition }, partitions, { key })
          places.set(number, (places.get(number) ?? new Set()).add(place))
        }
        expect([...places.values()].filter(({ size }) => size > 1)).toEqual([])
      }),
    )
  })
})

describe('an entry whose transform answers what is no record', () => {
  it('is failed, and tells which it is', () => {
    const entry: AuditEntry = anAuditEntry({ partition: 2, offset: 7n })
    const transform = (() => undefined) as unknown as ReplayTransform
    const needs = { plan: { ...plan, transform: 'careless' }, partitions: new Map([['orders', 3]]), events: undefined }
    expect(toPageItem(entry, { ...needs, transform }, { sequence: 0 })).toMatchObject({
      kind: 'failed',
      error: {
        topic: 'orders',
        partition: 2,
        offset: 7n,
        code: 'REPLAY_ENTRY_REFUSED',
        message: expect.stringContaining('transform "careless": it returned undefined') as unknown,
      },
    })
  })
})
