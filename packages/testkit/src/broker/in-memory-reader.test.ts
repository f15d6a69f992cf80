import type { BrokerReader, OffsetSpan, RecordSlice } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { anInMemoryWorld, type InMemoryWorld } from '../../test/in-memory-world.ts'
import { aRecord } from '../builders/a-record.ts'
import { textOf } from '../contracts/broker/consumer-probe.ts'

const at = { topic: 'orders', partition: 0 }

async function append(world: InMemoryWorld, ...values: readonly string[]): Promise<void> {
  const producer = await world.producer()
  await producer.append(
    'orders',
    0,
    values.map((value) => aRecord({ key: value.slice(0, 1), value })),
  )
}

async function aReader(world: InMemoryWorld): Promise<BrokerReader> {
  const reader = world.broker.createReader()
  await reader.start()
  return reader
}

/** A read under way, and the values that it has brought so far. */
function reading(reader: BrokerReader, span: OffsetSpan) {
  const slices: RecordSlice[] = []
  const ended = (async () => {
    for await (const slice of reader.read(at, span)) slices.push(slice)
  })()
  ended.catch(() => undefined)
  return { slices, ended, values: () => slices.flatMap(({ records }) => records.map(textOf)) }
}

describe('in-memory reader', () => {
  it('cannot start while the broker is down, and waits for one that goes down', async () => {
    const world = await anInMemoryWorld({ maxRecordsPerBatch: 1 })
    await append(world, 'a', 'b')
    const reader = await aReader(world)
    world.broker.controls.goDown()
    await expect(world.broker.createReader().start()).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })

    const { values, ended } = reading(reader, { from: 0n, to: 2n })
    await world.clock.advance(60_000)
    expect(values()).toEqual([])
    world.broker.controls.comeBack()
    await ended

    expect(values()).toEqual(['a', 'b'])
  })

  it('reads over the holes of compaction, one slice to the end of the span', async () => {
    const world = await anInMemoryWorld()
    await append(world, 'a1', 'a2', 'b1', 'b2')
    world.broker.controls.compact(at)

    const { slices, values, ended } = reading(await aReader(world), { from: 0n, to: 3n })
    await ended

    expect(values()).toEqual(['a2'])
    expect(slices.map(({ nextOffset }) => nextOffset)).toEqual([3n])
  })

  it('tells when the topic is deleted while it waits', async () => {
    const world = await anInMemoryWorld()
    const { ended } = reading(await aReader(world), { from: 0n, to: 1n })
    await world.clock.advance(0)
    const admin = world.broker.createAdmin()
    await admin.start()

    await admin.deleteTopics(['orders'])

    await expect(ended).rejects.toMatchObject({ code: 'BROKER_TOPIC_UNKNOWN' })
  })
})
