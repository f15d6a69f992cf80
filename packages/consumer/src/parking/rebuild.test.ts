import { type AssignedPartition, type BrokerReader, type NextOffset, silentLogger, textHeader } from '@ledgerbus/core'
import { aConsumerRecord } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { parkedKeyOf } from '../lanes/lane-key.ts'
import { encodeFinishedMap } from '../offsets/finished-map.ts'
import { createParking } from './parking.ts'

const groupId = 'billing'
const topic = `orders.${groupId}.retry`
const bytes = (text: string) => new TextEncoder().encode(text)

/** A parking topic of which record n was parked from offset 100 + n. */
function parkingTopic(keys: readonly string[]) {
  const asked: [bigint, bigint][] = []
  const records = keys.map((key, offset) => ({
    ...aConsumerRecord({ topic, offset: BigInt(offset) }),
    key: bytes(key),
    headers: [textHeader('lb-handler', 'charge'), textHeader('lb-parked-offset', String(100 + offset))],
  }))
  const reader: BrokerReader = {
    start: async () => undefined,
    close: async () => undefined,
    async *read(_, { from, to }) {
      asked.push([from, to])
      yield {
        records: records.filter(({ offset }) => offset >= from && offset < to),
        nextOffset: to as NextOffset,
      }
    },
  }
  return { asked, parking: createParking({ groupId, reader, logger: silentLogger }) }
}

function assigned(overrides: Partial<AssignedPartition> = {}): AssignedPartition {
  const signal = new AbortController().signal
  return { topic, partition: 0, epoch: 1, signal, committed: undefined, low: 0n, end: 4n, ...overrides }
}

const key = (name: string) => parkedKeyOf('charge', bytes(name))

describe('what is parked', () => {
  it('is read from the commit to the end, without what the commit says is finished', async () => {
    const { asked, parking } = parkingTopic(['a', 'b', 'c', 'b'])
    const metadata = encodeFinishedMap([1, 1]) ?? ''
    await parking.assigned([assigned({ committed: { offset: 1n as NextOffset, metadata } })])

    expect(asked).toEqual([[1n, 4n]])
    const keys = parking.of('orders', 0).keys
    expect(keys?.get(key('a'))).toBeUndefined()
    expect(keys?.get(key('b'))).toEqual({ head: 101n, highest: 103n })
    // The map says that offset 2 is finished.
    expect(keys?.get(key('c'))).toBeUndefined()
  })

  it('is not read of other topics, and forgotten with the ownership', async () => {
    const { asked, parking } = parkingTopic(['a'])
    const other = assigned({ topic: 'orders' })
    const partition = assigned({ end: 1n })
    await parking.assigned([other, partition])
    expect(asked).toHaveLength(1)
    expect(parking.of('orders', 0).keys?.size).toBe(1)
    parking.lost([assigned({ epoch: 0 })])
    expect(parking.of('orders', 0).keys?.size).toBe(1)
    parking.lost([partition])
    expect(parking.of('orders', 0).keys).toBeUndefined()
  })

  it('holds what this member was just appending, though it stands beyond the end that was known', async () => {
    const { asked, parking } = parkingTopic(['a', 'b', 'c', 'd', 'e'])
    const appended = parking.of('orders', 0).appending()
    let isReady = false
    const ready = parking.assigned([assigned()]).then(() => {
      isReady = true
    })
    await new Promise(setImmediate)
    expect(isReady).toBe(false)
    appended(4n)
    await ready

    expect(asked).toEqual([[0n, 5n]])
    expect(parking.of('orders', 0).keys?.get(key('e'))).toEqual({ head: 104n, highest: 104n })
  })

  it('is waited for by whoever has to know, until its ownership ends', async () => {
    const { parking } = parkingTopic(['a'])
    const place = parking.of('orders', 0)
    const ended = new AbortController()
    const ready = place.ready(new AbortController().signal)
    const given = place.ready(ended.signal)
    ended.abort()
    expect(await given).toBe(false)
    await parking.assigned([assigned({ end: 1n })])
    expect(await ready).toBe(true)
  })
})
