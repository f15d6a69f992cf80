import type { ProducerRecord } from '@ledgerbus/core'
import { aRecord, createInMemoryBroker, type InMemoryBroker } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createPagePublisher, type PagePublisher } from './page-publisher.ts'
import type { ReplayedRecord } from './replayed-record.ts'

async function brokerWith(capabilities: { readonly transactions: boolean }): Promise<InMemoryBroker> {
  const broker = createInMemoryBroker({ capabilities })
  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics([{ name: 'orders', partitions: 2 }])
  await admin.close()
  return broker
}

async function started(broker: InMemoryBroker, replayId = 'r-1'): Promise<PagePublisher> {
  const publisher = createPagePublisher(broker, replayId)
  await publisher.start()
  return publisher
}

/** Two records for partition 0, then three for partition 1. */
const page: readonly ReplayedRecord[] = [0, 0, 1, 1, 1].map((partition, index) => ({
  topic: 'orders',
  partition,
  record: aRecord({ value: `value-${index}` }),
}))

function values(broker: InMemoryBroker): string[] {
  return broker.controls
    .records('orders')
    .map(({ value }: Pick<ProducerRecord, 'value'>) => new TextDecoder().decode(value ?? undefined))
}

describe('pages in transactions', () => {
  it('become visible whole, each partition in its order', async () => {
    const broker = await brokerWith({ transactions: true })
    const publisher = await started(broker)
    expect(await publisher.publish(page)).toEqual({ published: 5, failed: 0, unknown: 0 })
    expect(values(broker)).toEqual(['value-0', 'value-1', 'value-2', 'value-3', 'value-4'])
    await publisher.close()
  })

  it.each(['failed', 'unknown'] as const)(
    'show nothing when one append is %s: only a commit makes records visible',
    async (outcome) => {
      const broker = await brokerWith({ transactions: true })
      const publisher = await started(broker)
      broker.controls.inject({ at: 'append', partition: 1, outcome, stored: outcome === 'unknown' })
      expect(await publisher.publish(page)).toMatchObject({ published: 0, failed: 5, unknown: 0 })
      expect(values(broker)).toEqual([])
      await publisher.close()
    },
  )

  it('are in doubt as a whole when the commit is not answered', async () => {
    const broker = await brokerWith({ transactions: true })
    const publisher = await started(broker)
    broker.controls.inject({ at: 'transaction-commit', outcome: 'unknown', stored: true })
    expect(await publisher.publish(page)).toMatchObject({
      published: 0,
      failed: 0,
      unknown: 5,
      error: { outcome: 'unknown' },
    })
    await publisher.close()
  })

  it('certainly failed when the commit is refused', async () => {
    const broker = await brokerWith({ transactions: true })
    const publisher = await started(broker)
    broker.controls.inject({ at: 'transaction-commit', outcome: 'failed' })
    expect(await publisher.publish(page)).toMatchObject({ published: 0, failed: 5, unknown: 0 })
    await publisher.close()
  })

  it('are refused once a second publisher of the same replay started', async () => {
    const broker = await brokerWith({ transactions: true })
    const first = await started(broker)
    const second = await started(broker)
    expect(await first.publish(page)).toMatchObject({ published: 0, failed: 5, unknown: 0 })
    expect(await second.publish(page)).toMatchObject({ published: 5 })
    expect(values(broker)).toHaveLength(5)
    await first.close()
    await second.close()
  })

  it('never reject: a publisher that is used up says so in the outcome', async () => {
    const broker = await brokerWith({ transactions: true })
    const publisher = await started(broker)
    broker.controls.inject({ at: 'append', outcome: 'failed' })
    await publisher.publish(page)
    expect(await publisher.publish(page)).toMatchObject({
      failed: 5,
      error: { code: 'BROKER_TRANSACTION_UNUSABLE' },
    })
    await publisher.close()
  })
})

describe('pages without transactions', () => {
  it('go out batch by batch', async () => {
    const broker = await brokerWith({ transactions: false })
    const publisher = await started(broker)
    expect(await publisher.publish(page)).toEqual({ published: 5, failed: 0, unknown: 0 })
    expect(values(broker)).toHaveLength(5)
    await publisher.close()
  })

  it('say how much of a page is there, how much is not and how much is in doubt', async () => {
    const broker = await brokerWith({ transactions: false })
    const publisher = await started(broker)
    broker.controls.inject({ at: 'append', partition: 1, outcome: 'unknown' })
    expect(await publisher.publish(page)).toMatchObject({ published: 2, failed: 0, unknown: 3 })
    broker.controls.inject({ at: 'append', partition: 0, outcome: 'failed' })
    expect(await publisher.publish(page)).toMatchObject({ published: 0, failed: 5, unknown: 0 })
    await publisher.close()
  })
})
