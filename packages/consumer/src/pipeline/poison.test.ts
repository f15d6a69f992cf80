import { type ConsumerRecord, encodeEnvelope, headerText, textHeader } from '@ledgerbus/core'
import { anEnvelope } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { createStage, groupId, OrderCreated, type Appended, type Stage } from '../../test/stage.ts'
import { on } from '../on.ts'

const letters = `orders.${groupId}.dlq`

let stage: Stage

beforeEach(async () => {
  stage = await createStage()
})

const good = encodeEnvelope(anEnvelope({ payload: { after: { total: 1 } } }))
const handling = on(OrderCreated, () => undefined, { name: 'charge' })

function setAside(): readonly ConsumerRecord[] {
  return stage.broker.controls.records(letters)
}

/** What nobody can handle, each with the code of its dead letter. */
const corpus: Record<string, { readonly record: Appended; readonly code: string }> = {
  'bytes that are no UTF-8': { record: { value: new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]) }, code: 'EVENT_UNDECODABLE' },
  'JSON that is cut': { record: { value: good.subarray(0, good.byteLength - 9) }, code: 'EVENT_UNDECODABLE' },
  'an empty value': { record: { value: new Uint8Array() }, code: 'EVENT_UNDECODABLE' },
  'JSON that is no event': { record: { value: '[1, 2, 3]' }, code: 'EVENT_UNDECODABLE' },
  'a header of a megabyte': {
    record: { value: 'no event', headers: [{ name: 'blob', value: new Uint8Array(1_048_576).fill(0xaa) }] },
    code: 'EVENT_UNDECODABLE',
  },
  'headers that repeat, without values, and with bytes that are no text': {
    record: {
      value: 'no event',
      headers: [
        textHeader('twice', 'a'),
        { name: 'none', value: null },
        textHeader('twice', 'b'),
        { name: '', value: new Uint8Array([0xff, 0x00]) },
      ],
    },
    code: 'EVENT_UNDECODABLE',
  },
  'a value that is too large': { record: { value: `"${'x'.repeat(1_000_001)}"` }, code: 'EVENT_TOO_LARGE' },
  'a payload that does not fit': {
    record: { value: encodeEnvelope(anEnvelope({ payload: { after: { total: 'many' } } })) },
    code: 'EVENT_INVALID',
  },
}

describe('a record that nobody can handle', () => {
  it.each(Object.entries(corpus))(
    '%s: is a dead letter with its key, value and headers byte for byte',
    async (_, poison) => {
      const admin = stage.broker.createAdmin()
      await admin.start()
      const settings = { 'max.message.bytes': '4000000' }
      await admin.createTopics([{ name: 'large', partitions: 1, settings }])
      const consumer = stage.consumer([handling], { topics: ['large'] })
      await consumer.start()
      await stage.append({ key: 'k\u0000\ud7ff', topic: 'large', ...poison.record })
      await stage.clock.advance(10)

      const [original] = stage.broker.controls.records('large')
      const [letter] = stage.broker.controls.records(`large.${groupId}.dlq`)
      expect(letter?.key).toEqual(original?.key)
      expect(letter?.value).toEqual(original?.value)
      expect(letter?.headers.slice(0, original?.headers.length)).toEqual(original?.headers)
      expect(headerText(letter?.headers ?? [], 'lb-error-code')).toBe(poison.code)
      expect(consumer.counts()).toMatchObject({ deadLettered: 1, open: 0 })
    },
  )

  it('for its null value is a tombstone: skipped and counted, no dead letter', async () => {
    const consumer = stage.consumer([handling])
    await consumer.start()
    await stage.append({ value: null })
    await stage.clock.advance(10)
    expect(consumer.counts().skipped).toEqual({ tombstone: 1 })
    expect(setAside()).toEqual([])
  })
})

describe('an event that fits no subscription', () => {
  const unknown: Appended = { envelope: { name: 'order.archived' } }

  it('is skipped and counted, as topics are shared', async () => {
    const consumer = stage.consumer([handling])
    await consumer.start()
    await stage.append(unknown)
    await stage.clock.advance(10)
    expect(consumer.counts().skipped).toEqual({ 'not-subscribed': 1 })
  })

  it('is set aside when told so', async () => {
    const consumer = stage.consumer([handling], { unknownEvents: 'dead-letter' })
    await consumer.start()
    await stage.append(unknown)
    await stage.clock.advance(10)
    expect(setAside().map(({ headers }) => headerText(headers, 'lb-failed-reason'))).toEqual(['event-unknown'])
  })

  it('stops its partition when told so, until another version of the service takes over', async () => {
    const consumer = stage.consumer([handling], { unknownEvents: 'pause' })
    await consumer.start()
    await stage.append(unknown)
    await stage.clock.advance(0)
    await stage.append({ key: 'other' })
    await stage.clock.advance(100_000)
    expect(consumer.counts()).toMatchObject({ handled: 0, open: 2 })
    expect(consumer.health()).toMatchObject({ status: 'degraded', degradations: [{ reason: 'unknown-event' }] })
    const closed = consumer.close({ drainMs: 1_000 })
    await stage.clock.advance(5_000)
    // What was delivered and fits is handled while it closes.
    expect(await closed).toMatchObject({ left: 1, counts: { handled: 1 } })

    const later = stage.consumer([handling, on('order.archived', () => undefined)], { topics: ['orders'] })
    await later.start()
    await stage.clock.advance(2_000)
    expect(later.counts()).toMatchObject({ handled: 1, open: 0 })
  })
})

describe('an event of a newer version than subscribed to', () => {
  const newer: Appended = { envelope: { version: 2 } }

  it('waits for a while for a service that knows it, and only its key waits', async () => {
    const handled: string[] = []
    const consumer = stage.consumer([on(OrderCreated, (_, { record }) => handled.push(String(record.offset)))])
    await consumer.start()
    await stage.append(newer, { key: 'o-1' }, { key: 'o-2' })
    await stage.clock.advance(59_999)
    expect(handled).toEqual(['2'])
    expect(setAside()).toEqual([])
    await stage.clock.advance(1)

    expect(setAside().map(({ headers }) => headerText(headers, 'lb-error-code'))).toEqual(['EVENT_VERSION_UNKNOWN'])
    expect(handled).toEqual(['2', '1'])
  })

  it('does not wait again for each event: the grace begins with the first of its version', async () => {
    const consumer = stage.consumer([handling], { newerVersionGraceMs: 1_000 })
    await consumer.start()
    await stage.append(newer, newer, newer)
    await stage.clock.advance(1_000)
    expect(setAside()).toHaveLength(3)
    await stage.append(newer)
    await stage.clock.advance(0)
    expect(setAside()).toHaveLength(4)
  })

  it('is left to the next owner when the consumer closes meanwhile', async () => {
    const consumer = stage.consumer([handling])
    await consumer.start()
    await stage.append(newer)
    await stage.clock.advance(10_000)
    const closed = consumer.close({ drainMs: 1_000 })
    await stage.clock.advance(2_000)
    expect((await closed).left).toBe(1)
    expect(setAside()).toEqual([])
  })
})
