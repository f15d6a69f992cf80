import { createEventContext } from '@ledgerbus/context'
import { defineEvent, headerText, type ProducerRecord } from '@ledgerbus/core'
import {
  createFakeClock,
  createFixedRandom,
  createGate,
  createInMemoryBroker,
  createRecordingLogger,
  createSequentialIds,
  type FakeClock,
  type InMemoryBroker,
} from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createProducer } from './create-producer.ts'
import type { Producer } from './producer.ts'
import type { ProducerOptions } from './producer-options.ts'
import { PublishError } from './publish-error.ts'
import type { PublishManyError } from './publish-many-error.ts'

const OrderCreated = defineEvent('order.created', {
  version: 1,
  description: 'A new order was placed',
  requireActor: false,
  requireEntity: true,
  topic: { name: 'orders', partitions: 3 },
  payload: { after: z.object({ total: z.number(), note: z.string().optional() }) },
})
const PageViewed = defineEvent('page.viewed', {
  version: 1,
  description: 'Somebody looked at a page',
  requireActor: false,
  requireEntity: false,
  topic: { name: 'pages', partitions: 3 },
  payload: { extra: z.object({ path: z.string() }) },
})

const anOrder = (entityId = 'o-1', total = 1) => ({ entityId, payload: { after: { total } } })
const aView = (path = '/') => ({ payload: { extra: { path } } })

let clock: FakeClock
let broker: InMemoryBroker
let producer: Producer
const logger = createRecordingLogger()

function make(options: Partial<ProducerOptions> = {}): Producer {
  return createProducer({
    broker,
    source: 'shop',
    events: [OrderCreated, PageViewed],
    clock,
    ids: createSequentialIds(),
    random: createFixedRandom(0),
    logger,
    ...options,
  })
}

async function topics(): Promise<void> {
  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics([OrderCreated.topic, PageViewed.topic])
  await admin.close()
}

/** How a publish ended, once time has passed. */
async function outcomeOf(publish: Promise<unknown>): Promise<unknown> {
  return publish.then(
    (receipt) => receipt,
    (error: unknown) => error,
  )
}

beforeEach(async () => {
  clock = createFakeClock()
  broker = createInMemoryBroker({ clock, logger })
  producer = make()
  await topics()
  await producer.start()
})

describe('publish', () => {
  it('resolves with where the event stands', async () => {
    const published = producer.publish(OrderCreated, anOrder())
    await clock.advance(5)

    expect(await published).toEqual({
      eventId: '00000000-0000-7000-8000-000000000001',
      topic: 'orders',
      partition: expect.any(Number),
      offset: 0n,
      timestampMs: BigInt(clock.nowMs() - 5),
    })
  })

  it('stamps the record with the time of the call, not of the event', async () => {
    void producer.publish(OrderCreated, { ...anOrder(), timestamp: '2020-02-02T00:00:00Z' })
    const calledMs = clock.nowMs()
    await clock.advance(5)

    const [record] = broker.controls.records('orders')
    expect(record?.timestampMs).toBe(BigInt(calledMs))
    expect(headerText(record?.headers ?? [], 'ce_time')).toBe('2020-02-02T00:00:00.000Z')
  })

  it('puts events of one key into one partition, in the order of the calls, awaited or not', async () => {
    for (let total = 0; total < 50; total += 1) {
      void producer.publish(OrderCreated, anOrder('o-7', total))
      void producer.publish(OrderCreated, anOrder(`o-${total}`, 0))
    }
    await clock.advance(100)

    const ofKey = broker.controls.records('orders').filter((record) => text(record.key) === 'o-7')
    expect(new Set(ofKey.map((record) => record.partition)).size).toBe(1)
    expect(ofKey.map(totalOf).filter((_, index) => index !== 8)).toEqual([...Array(50).keys()])
  })

  it('keeps keyless events of one batch together and moves on with the next batch', async () => {
    let turn = 0
    producer = make({ random: { next: () => (turn++ % 3) / 3 } })
    await producer.start()
    for (let batch = 0; batch < 2; batch += 1) {
      void producer.publish(PageViewed, aView('/a'))
      void producer.publish(PageViewed, aView('/b'))
      await clock.advance(10)
    }

    expect(broker.controls.records('pages').map((record) => record.partition)).toEqual([0, 0, 1, 1])
  })

  it('takes correlation, causation and trace from the context unless the input names them', async () => {
    const context = createEventContext()
    producer = make({ context })
    await producer.start()
    const surrounding = {
      correlationId: '11111111-1111-7111-8111-111111111111',
      causationId: '22222222-2222-7222-8222-222222222222',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    }
    context.run(surrounding, () => {
      void producer.publish(OrderCreated, anOrder())
      void producer.publish(OrderCreated, { ...anOrder(), correlationId: '33333333-3333-7333-8333-333333333333' })
    })
    await clock.advance(5)

    const [followed, named] = broker.controls.records('orders').map(({ headers }) => headers)
    expect(headerText(followed ?? [], 'ce_correlationid')).toBe(surrounding.correlationId)
    expect(headerText(followed ?? [], 'ce_causationid')).toBe(surrounding.causationId)
    expect(headerText(followed ?? [], 'traceparent')).toBe(surrounding.traceparent)
    expect(headerText(named ?? [], 'ce_correlationid')).toBe('33333333-3333-7333-8333-333333333333')
  })

  it('refuses an input that does not fit the definition, before anything is sent', async () => {
    const wrong = { entityId: 'o-1', payload: { after: { total: 'many' } } }
    // @ts-expect-error the total is a number
    await expect(producer.publish(OrderCreated, wrong)).rejects.toMatchObject({
      code: 'EVENT_INVALID',
      issues: [{ path: 'payload.after.total' }],
    })
    await clock.advance(100)
    expect(broker.controls.records('orders')).toEqual([])
  })

  it('refuses a definition that is not listed and names the one that was probably meant', async () => {
    const Misspelt = defineEvent('order.creatd', {
      version: 1,
      description: 'A slip of the pen',
      requireActor: false,
      requireEntity: false,
      payload: {},
    })
    await expect(producer.publish(Misspelt, {})).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringMatching(/order\.creatd is not among .* did you mean order\.created\?/),
    })
  })

  it('refuses a record above maxRecordBytes, before it is queued', async () => {
    producer = make({ maxRecordBytes: 2_000 })
    await producer.start()
    const large = { entityId: 'o-1', payload: { after: { total: 1, note: 'x'.repeat(2_000) } } }
    await expect(producer.publish(OrderCreated, large)).rejects.toMatchObject({
      code: 'PUBLISH_TOO_LARGE',
      outcome: 'failed',
    })
    expect(clock.waiting).toBe(0)
  })

  it('fails with what the broker said when it refuses', async () => {
    broker.controls.inject({ at: 'append', outcome: 'failed' })
    const published = outcomeOf(producer.publish(OrderCreated, anOrder()))
    await clock.advance(5)

    expect(await published).toMatchObject({
      code: 'PUBLISH_FAILED',
      outcome: 'failed',
      cause: { code: 'BROKER_FAULT_INJECTED' },
    })
  })

  it('stays unknown when the broker did not answer, and says what publishing again may do', async () => {
    broker.controls.inject({ at: 'append', outcome: 'unknown', stored: true })
    const published = outcomeOf(producer.publish(OrderCreated, anOrder()))
    await clock.advance(5)

    expect(await published).toMatchObject({
      code: 'PUBLISH_UNKNOWN',
      outcome: 'unknown',
      eventId: '00000000-0000-7000-8000-000000000001',
      message: expect.stringContaining('publish it again with the same eventId, which may store it twice'),
    })
    expect(broker.controls.records('orders')).toHaveLength(1)
  })

  it('fails alone when it is the only record of its batch that is too large for the topic', async () => {
    const admin = broker.createAdmin()
    await admin.start()
    await admin.createTopics([{ name: 'narrow', partitions: 1, settings: { 'max.message.bytes': '20000' } }])
    const Narrow = defineEvent('narrow.event', {
      version: 1,
      description: 'Its topic takes small batches',
      requireActor: false,
      requireEntity: false,
      topic: { name: 'narrow', partitions: 1 },
      payload: { extra: z.object({ index: z.number(), filler: z.string() }) },
    })
    producer = make({ events: [Narrow] })
    await producer.start()
    const filler = (index: number) => 'x'.repeat(index === 13 ? 25_000 : 2_000)
    const results = Array.from({ length: 40 }, (_, index) =>
      outcomeOf(producer.publish(Narrow, { key: 'k', payload: { extra: { index, filler: filler(index) } } })),
    )
    await clock.advance(5)

    const settled = await Promise.all(results)
    expect(settled.filter((each) => each instanceof PublishError)).toHaveLength(1)
    expect(settled[13]).toMatchObject({ code: 'PUBLISH_TOO_LARGE', outcome: 'failed' })
    const stored = broker.controls.records('narrow').map((record) => JSON.parse(text(record.value)).payload.extra.index)
    expect(stored).toEqual([...Array(40).keys()].filter((index) => index !== 13))
    expect(logger.texts('warn').at(-1)).toContain('max.message.bytes')
  })
})

describe('a publish that is given up', () => {
  it('has failed when the signal was aborted before it was sent', async () => {
    const abort = new AbortController()
    const published = outcomeOf(producer.publish(OrderCreated, anOrder(), { signal: abort.signal }))
    abort.abort(new Error('enough'))

    expect(await published).toMatchObject({ code: 'PUBLISH_ABORTED', outcome: 'failed', cause: { message: 'enough' } })
    await clock.advance(100)
    expect(broker.controls.records('orders')).toEqual([])
  })

  it('is unknown when the signal was aborted after it was sent', async () => {
    const gate = createGate()
    broker.controls.inject({ at: 'append', outcome: 'ok', until: gate.opened })
    const abort = new AbortController()
    const published = outcomeOf(producer.publish(OrderCreated, anOrder(), { signal: abort.signal }))
    await clock.advance(5)
    abort.abort()

    expect(await published).toMatchObject({ code: 'PUBLISH_ABORTED', outcome: 'unknown' })
    gate.open()
    await clock.advance(0)
    expect(broker.controls.records('orders')).toHaveLength(1)
  })

  it('is told from its timeoutMs in the same way', async () => {
    const gate = createGate()
    broker.controls.inject({ at: 'append', outcome: 'ok', until: gate.opened })
    const sent = outcomeOf(producer.publish(OrderCreated, anOrder(), { timeoutMs: 1_000 }))
    await clock.advance(5)
    const behind = outcomeOf(producer.publish(OrderCreated, anOrder(), { timeoutMs: 500 }))
    await clock.advance(1_000)
    gate.open()

    expect(await sent).toMatchObject({ code: 'PUBLISH_TIMED_OUT', outcome: 'unknown' })
    expect(await behind).toMatchObject({ code: 'PUBLISH_TIMED_OUT', outcome: 'failed' })
  })

  it('fails, unsent, when its partition is busy for longer than deliveryTimeoutMs', async () => {
    const gate = createGate()
    broker = spying(broker, async (_, append) => {
      await gate.opened
      return await append()
    })
    producer = make({ deliveryTimeoutMs: 1_000 })
    await producer.start()
    const sent = producer.publish(OrderCreated, anOrder())
    await clock.advance(6)
    const expiring = outcomeOf(producer.publish(OrderCreated, anOrder()))
    await clock.advance(1_000)
    const next = producer.publish(OrderCreated, anOrder('o-1', 3))
    await clock.advance(1)
    gate.open()
    await clock.advance(1)

    expect(await expiring).toMatchObject({ code: 'PUBLISH_TIMED_OUT', outcome: 'failed' })
    expect([(await sent).offset, (await next).offset]).toEqual([0n, 1n])
  })
})

describe('publishMany', () => {
  it('resolves with a receipt an input, in their order', async () => {
    const published = producer.publishMany(
      OrderCreated,
      Array.from({ length: 1_200 }, (_, total) => anOrder('o-1', total)),
    )
    await clock.advance(100)

    expect((await published).map((receipt) => receipt.offset)).toEqual(
      Array.from({ length: 1_200 }, (_, i) => BigInt(i)),
    )
  })

  it('publishes nothing when one input is wrong, and names each wrong one by its index', async () => {
    const inputs = [
      anOrder(),
      { payload: { after: { total: 1 } } },
      anOrder(),
      { entityId: 'o', payload: { after: {} } },
    ]
    // @ts-expect-error the second has no entity, the fourth no total
    await expect(producer.publishMany(OrderCreated, inputs)).rejects.toMatchObject({
      code: 'EVENT_INVALID',
      issues: [{ path: '[1].entityId' }, { path: '[3].payload.after.total' }],
    })
    await clock.advance(100)
    expect(broker.controls.records('orders')).toEqual([])
  })

  it('tells which events were published when the broker took only some', async () => {
    broker.controls.inject({ at: 'append', outcome: 'unknown', topic: 'pages', partition: 0 })
    producer = make({ maxBatchRecords: 2 })
    await producer.start()
    const published = outcomeOf(producer.publishMany(PageViewed, [aView('/1'), aView('/2'), aView('/3')]))
    await clock.advance(20)

    const error = (await published) as PublishManyError
    expect(error).toMatchObject({ code: 'PUBLISH_INCOMPLETE', outcome: 'unknown' })
    expect(error.results.map((result) => result.kind)).toEqual(['unknown', 'unknown', 'ok'])
    expect(error.message).toContain('of 3 events 1 were published, 0 failed, 2 are unknown')
  })

  it('does nothing for an empty list', async () => {
    await expect(producer.publishMany(OrderCreated, [])).resolves.toEqual([])
  })
})

describe('a full buffer', () => {
  it('makes publish wait until there is room, first come first served', async () => {
    producer = make({ maxBufferedRecords: 2, lingerMs: 0 })
    await producer.start()
    const gate = createGate()
    broker.controls.inject({ at: 'append', outcome: 'ok', until: gate.opened })
    const published = [0, 1, 2, 3, 4].map((total) => producer.publish(OrderCreated, anOrder('o-1', total)))
    await clock.advance(50)
    expect(broker.controls.records('orders')).toEqual([])
    gate.open()
    await clock.advance(50)

    expect((await Promise.all(published)).map((receipt) => receipt.offset)).toEqual([0n, 1n, 2n, 3n, 4n])
    expect(broker.controls.records('orders').map(totalOf)).toEqual([0, 1, 2, 3, 4])
  })

  it('lets a waiting publish be given up, and the next one in', async () => {
    producer = make({ maxBufferedRecords: 1, lingerMs: 0 })
    await producer.start()
    const gate = createGate()
    broker.controls.inject({ at: 'append', outcome: 'ok', until: gate.opened })
    const abort = new AbortController()
    const first = producer.publish(OrderCreated, anOrder('o-1', 1))
    const second = outcomeOf(producer.publish(OrderCreated, anOrder('o-1', 2), { signal: abort.signal }))
    const third = producer.publish(OrderCreated, anOrder('o-1', 3))
    abort.abort()
    gate.open()
    await clock.advance(10)

    expect(await second).toMatchObject({ code: 'PUBLISH_ABORTED', outcome: 'failed' })
    expect((await Promise.all([first, third])).map((receipt) => receipt.offset)).toEqual([0n, 1n])
  })
})

describe('batches', () => {
  it('hold at most maxBatchRecords and maxBatchBytes, one in flight a partition', async () => {
    const sizes: number[] = []
    let inFlight = 0
    let most = 0
    broker = spying(broker, async (records, append) => {
      inFlight += 1
      most = Math.max(most, inFlight)
      sizes.push(records.length)
      const outcome = await append()
      inFlight -= 1
      return outcome
    })
    producer = make({ maxBatchRecords: 4 })
    await producer.start()
    for (let total = 0; total < 10; total += 1) void producer.publish(OrderCreated, anOrder('o-1', total))
    await clock.advance(20)

    expect(sizes).toEqual([4, 4, 2])
    expect(most).toBe(1)
  })

  it('wait lingerMs for company, and not at all once they are full', async () => {
    producer = make({ lingerMs: 1_000, maxBatchRecords: 2 })
    await producer.start()
    void producer.publish(OrderCreated, anOrder())
    await clock.advance(999)
    expect(broker.controls.records('orders')).toHaveLength(0)
    await clock.advance(1)
    expect(broker.controls.records('orders')).toHaveLength(1)
    void producer.publish(OrderCreated, anOrder())
    void producer.publish(OrderCreated, anOrder())
    await clock.advance(0)
    expect(broker.controls.records('orders')).toHaveLength(3)
  })

  it('of different partitions do not wait for each other', async () => {
    const stuck = producer.publish(PageViewed, { ...aView(), key: 'a' })
    const gate = createGate()
    broker.controls.inject({ at: 'append', outcome: 'ok', topic: 'pages', until: gate.opened })
    await clock.advance(5)
    const other = producer.publish(OrderCreated, anOrder())
    await clock.advance(5)

    expect((await other).offset).toBe(0n)
    gate.open()
    await stuck
  })
})

describe('the number of partitions', () => {
  it('is looked up again after a minute, and a change is said aloud', async () => {
    broker.controls.addPartitions('orders', 30)
    await clock.advance(60_000)
    void producer.publish(OrderCreated, anOrder())
    await clock.advance(5)

    expect(logger.lines.at(-1)).toMatchObject({ level: 'warn', facts: { topic: 'orders', before: 3, now: 30 } })
    for (let n = 0; n < 50; n += 1) void producer.publish(OrderCreated, anOrder(`o-${n}`))
    await clock.advance(5)
    expect(Math.max(...broker.controls.records('orders').map((record) => record.partition))).toBeGreaterThan(2)
  })
})

describe('a producer', () => {
  it('names every problem of its options at once', () => {
    const wrong = {
      broker,
      source: 'a shop',
      events: [OrderCreated, OrderCreated],
      lingerMs: -1,
      maxBatchRecords: 501,
      linger: 3,
    }
    expect(() => createProducer(wrong)).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION_INVALID',
        problems: [
          expect.stringContaining('linger: is no option'),
          expect.stringContaining('source:'),
          expect.stringContaining('lingerMs:'),
          expect.stringContaining('maxBatchRecords: a whole number from 1 to 500, not 501'),
          expect.stringContaining('order.created is defined twice'),
        ],
      }),
    )
  })

  it('does not start while topics of its events are missing, and names all of them', async () => {
    broker = createInMemoryBroker({ clock })
    producer = make()
    await expect(producer.start()).rejects.toMatchObject({
      code: 'TOPICS_MISSING',
      problems: ['orders does not exist', 'pages does not exist', expect.stringContaining('ledgerbus topic apply')],
    })
    await topics()
    await expect(producer.start()).resolves.toBeUndefined()
  })

  it('makes missing topics as their definitions say where it is told to', async () => {
    broker = createInMemoryBroker({ clock })
    producer = make({ topics: 'create' })
    await producer.start()

    const receipt = producer.publish(OrderCreated, anOrder())
    await clock.advance(10)
    await expect(receipt).resolves.toMatchObject({ topic: 'orders' })
    const admin = broker.createAdmin()
    await admin.start()
    await expect(admin.describeTopics(['orders'])).resolves.toMatchObject([
      { partitions: OrderCreated.topic.partitions },
    ])
  })

  it('refuses to publish before it is started, and after it was closed', async () => {
    await expect(make().publish(OrderCreated, anOrder())).rejects.toMatchObject({ code: 'PUBLISH_NOT_STARTED' })
    await producer.close()
    await expect(producer.publish(OrderCreated, anOrder())).rejects.toMatchObject({ code: 'PUBLISH_CLOSED' })
    await expect(producer.publishMany(OrderCreated, [anOrder()])).rejects.toMatchObject({ code: 'PUBLISH_CLOSED' })
  })

  it('starts once', async () => {
    await expect(producer.start()).rejects.toMatchObject({ code: 'PRODUCER_ALREADY_STARTED' })
    await producer.close()
    await expect(producer.start()).rejects.toMatchObject({ code: 'PRODUCER_CLOSED' })
  })

  it('can be started again after a start that failed', async () => {
    producer = make()
    broker.controls.goDown()
    await expect(producer.start()).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
    broker.controls.comeBack()
    await expect(producer.start()).resolves.toBeUndefined()
  })
})

describe('close', () => {
  it('sends what was accepted without lingering, and reports', async () => {
    producer = make({ lingerMs: 10_000 })
    await producer.start()
    const published = Promise.all([1, 2, 3].map((total) => producer.publish(OrderCreated, anOrder('o-1', total))))
    const closed = producer.close()
    await clock.advance(0)

    expect(await closed).toEqual({ published: 3, failed: 0, unknown: 0, unsent: 0 })
    expect(await published).toHaveLength(3)
    expect(clock.waiting).toBe(0)
  })

  it('returns the same promise when called again', async () => {
    const first = producer.close()
    expect(producer.close()).toBe(first)
    await first
  })

  it('tells what was sent from what was not when the broker does not answer in time', async () => {
    producer = make({ maxBatchRecords: 2, maxBufferedRecords: 3 })
    await producer.start()
    broker.controls.inject({ at: 'append', outcome: 'ok', until: new Promise(() => undefined), times: 9 })
    const results = [1, 2, 3, 4].map((total) => outcomeOf(producer.publish(OrderCreated, anOrder('o-1', total))))
    await clock.advance(10)
    const closed = producer.close({ timeoutMs: 1_000 })
    await clock.advance(2_000)

    expect(await closed).toEqual({ published: 0, failed: 0, unknown: 2, unsent: 2 })
    const codes = (await Promise.all(results)).map((error) => (error as PublishError).code)
    expect(codes).toEqual(['PUBLISH_UNKNOWN', 'PUBLISH_UNKNOWN', 'PUBLISH_CLOSED', 'PUBLISH_CLOSED'])
    expect(clock.waiting).toBe(0)
  })

  it('ends in time, and leaves no publish open, also when the adapter ignores the signal', async () => {
    broker = spying(broker, () => new Promise(() => undefined))
    producer = make()
    await producer.start()
    const published = outcomeOf(producer.publish(OrderCreated, anOrder()))
    await clock.advance(10)
    const closed = producer.close({ timeoutMs: 1_000 })
    await clock.advance(2_000)

    expect(await closed).toEqual({ published: 0, failed: 0, unknown: 1, unsent: 0 })
    expect(await published).toMatchObject({ code: 'PUBLISH_UNKNOWN', outcome: 'unknown' })
  })

  it('ends a start that is under way', async () => {
    const gate = createGate()
    const slow = { ...broker, createProducer: () => ({ ...broker.createProducer(), start: () => gate.opened }) }
    producer = make({ broker: slow })
    const started = outcomeOf(producer.start())
    const closed = producer.close()
    gate.open()

    expect(await closed).toEqual({ published: 0, failed: 0, unknown: 0, unsent: 0 })
    expect(await started).toMatchObject({ code: 'PRODUCER_CLOSED' })
  })

  it('does nothing to a producer that was never started', async () => {
    await expect(make().close()).resolves.toEqual({ published: 0, failed: 0, unknown: 0, unsent: 0 })
  })
})

function text(bytes: Uint8Array | null): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array())
}

function totalOf(record: { readonly value: Uint8Array | null }): number {
  return JSON.parse(text(record.value)).payload.after.total
}

type Append = () => ReturnType<ReturnType<InMemoryBroker['createProducer']>['append']>

/** The same broker, with somebody between the producer and its appends. */
function spying(
  real: InMemoryBroker,
  onAppend: (records: readonly ProducerRecord[], append: Append) => ReturnType<Append>,
): InMemoryBroker {
  return {
    ...real,
    createProducer(options) {
      const inner = real.createProducer(options)
      return {
        ...inner,
        append: (topic, partition, records, wait) =>
          onAppend(records, () => inner.append(topic, partition, records, wait)),
      }
    },
  }
}
