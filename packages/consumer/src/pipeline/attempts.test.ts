import { headerText } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { createStage, groupId, OrderCreated } from '../../test/stage.ts'
import { on } from '../on.ts'

describe('attempts', () => {
  it('count by record and handler: what goes well beside a failing record does not begin its count anew', async () => {
    const stage = await createStage()
    stage.broker.controls.addPartitions('orders', 2)
    const attempts = new Map<string, number[]>()
    const failing = (name: string) =>
      on(
        OrderCreated,
        (event, { attempt, record }) => {
          const at = `${name} ${record.partition}/${record.offset}`
          attempts.set(at, [...(attempts.get(at) ?? []), attempt])
          if (event.payload.after.total === 0) throw new Error('never')
        },
        { name, retry: { maxAttempts: 4 } },
      )
    const consumer = stage.consumer([failing('one'), failing('two')])
    await consumer.start()
    await stage.append({ key: 'a', total: 0 }, { key: 'b', total: 0, partition: 1 })
    for (let n = 0; n < 40; n += 1) {
      await stage.append({ key: `k${n}`, partition: n % 2 })
      await stage.clock.advance(100)
    }
    await stage.clock.advance(60_000)

    for (const at of ['one 0/0', 'one 1/0', 'two 0/0', 'two 1/0']) expect(attempts.get(at)).toEqual([1, 2, 3, 4])
    const letters = stage.broker.controls.records(`orders.${groupId}.dlq`)
    expect(letters.map(({ headers }) => headerText(headers, 'lb-attempts'))).toEqual(['4', '4', '4', '4'])
    expect(consumer.counts()).toMatchObject({ handled: 40, deadLettered: 2, open: 0 })
  })
})
