import { headerText, type RecordHeader, textHeader } from '@ledgerbus/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { createStage, groupId, OrderCreated, type Stage } from '../../test/stage.ts'
import { on } from '../on.ts'

const lane = `orders.${groupId}.retry.0s`
const letters = `orders.${groupId}.dlq`

let stage: Stage

beforeEach(async () => {
  stage = await createStage()
})

/** A dead letter of `orders/0/77`, as redriving gives it back. */
function redriven(handler: string | undefined): readonly RecordHeader[] {
  const origin = { topic: 'orders', partition: '0', offset: '77', timestamp: '5', group: groupId }
  return [
    textHeader('own', 'x'),
    ...Object.entries(origin).map(([name, value]) => textHeader(`lb-origin-${name}`, value)),
    textHeader('lb-attempts', '5'),
    ...(handler === undefined ? [] : [textHeader('lb-handler', handler)]),
    textHeader('lb-redrive-id', 'r-1'),
    textHeader('lb-redrive-count', '2'),
    textHeader('lb-redrive-of', `${letters}/0/3`),
  ]
}

function headersOf(topic: string): Record<string, string | undefined>[] {
  return stage.broker.controls
    .records(topic)
    .map(({ headers }) => Object.fromEntries(headers.map(({ name }) => [name, headerText(headers, name)])))
}

describe('a record on the redrive lane', () => {
  it('goes to the handler that failed and to no other, and its attempts count anew', async () => {
    const seen: unknown[] = []
    const told = (name: string) => on(OrderCreated, (_, { attempt }) => seen.push([name, attempt]), { name })
    const consumer = stage.consumer([told('one'), told('two')])
    await consumer.start()
    await stage.append({ topic: lane, headers: redriven('two') })
    await stage.clock.advance(2_000)

    expect(seen).toEqual([['two', 1]])
    expect(consumer.counts()).toMatchObject({ handled: 1, handlers: { one: { handled: 0 }, two: { handled: 1 } } })
    expect(await stage.committed(lane)).toBe(1n)
  })

  it('goes to all of its handlers when none was reached before', async () => {
    const seen: string[] = []
    const consumer = stage.consumer(['one', 'two'].map((name) => on(OrderCreated, () => seen.push(name), { name })))
    await consumer.start()
    await stage.append({ topic: lane, headers: redriven(undefined) })
    await stage.clock.advance(2_000)

    expect(seen).toEqual(['one', 'two'])
  })

  it('that fails again is a dead letter of its first topic again, and says where it stood first and how often it was redriven', async () => {
    const failing = on(OrderCreated, () => Promise.reject(new Error('no')), { name: 'one', retry: { maxAttempts: 2 } })
    const consumer = stage.consumer([failing])
    await consumer.start()
    await stage.append({ topic: lane, headers: redriven('one') })
    await stage.clock.advance(60_000)

    expect(headersOf(letters)).toEqual([
      expect.objectContaining({
        own: 'x',
        'lb-origin-topic': 'orders',
        'lb-origin-offset': '77',
        'lb-origin-timestamp': '5',
        'lb-attempts': '2',
        'lb-handler': 'one',
        'lb-redrive-id': 'r-1',
        'lb-redrive-count': '2',
        'lb-redrive-of': `${letters}/0/3`,
      }),
    ])
    expect(stage.broker.controls.records(lane)).toHaveLength(1)
  })

  it('makes no flood: what fails again is set aside again, and its topic goes on', async () => {
    const seen: bigint[] = []
    const picky = on(
      OrderCreated,
      (_, { record }) => {
        if (record.topic === lane) throw new Error('no')
        seen.push(record.offset)
      },
      { name: 'one', retry: { maxAttempts: 1 } },
    )
    const consumer = stage.consumer([picky], { floodGuard: { inARow: 2 } })
    await consumer.start()
    for (let n = 0; n < 5; n += 1) await stage.append({ key: `k${n}`, topic: lane, headers: redriven('one') })
    await stage.clock.advance(100)
    await stage.append({})
    await stage.clock.advance(100)

    expect(headersOf(letters)).toHaveLength(5)
    expect(seen).toEqual([0n])
  })

  it('is set aside again, not dropped, when its handler is gone', async () => {
    const consumer = stage.consumer([on(OrderCreated, () => undefined, { name: 'renamed' })])
    await consumer.start()
    await stage.append({ topic: lane, headers: redriven('one') })
    await stage.clock.advance(2_000)

    expect(headersOf(letters)).toEqual([
      expect.objectContaining({ 'lb-handler': 'one', 'lb-failed-reason': 'handler-unknown', 'lb-origin-offset': '77' }),
    ])
  })
})
