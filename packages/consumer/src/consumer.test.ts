import { createEventContext } from '@ledgerbus/context'
import {
  type Broker,
  defineEvent,
  type Envelope,
  type EventContext,
  headerText,
  type LedgerbusError,
  type NextOffset,
  textHeader,
} from '@ledgerbus/core'
import { createGate } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { replayed } from '../test/replayed.ts'
import { createStage, groupId, OrderCreated, type Stage } from '../test/stage.ts'
import type { ConsumerReport } from './consumer-report.ts'
import { on } from './on.ts'

let stage: Stage

beforeEach(async () => {
  stage = await createStage()
})

const ignored = () => undefined

describe('a handler', () => {
  it('gets the validated event, the record and its first attempt', async () => {
    const seen: unknown[] = []
    const consumer = stage.consumer([
      on(OrderCreated, (event, context) => {
        seen.push([event.payload.after.total, context.record.offset, context.attempt, context.groupId])
      }),
    ])
    await consumer.start()
    await stage.append({ total: 7 }, { total: 8 })
    await stage.clock.advance(0)

    expect(seen).toEqual([
      [7, 0n, 1, groupId],
      [8, 1n, 1, groupId],
    ])
    expect(consumer.counts()).toMatchObject({ delivered: 2, handled: 2, open: 0 })
  })

  it('runs within the context of its event, so that what it publishes follows from it', async () => {
    const carrier = createEventContext()
    const contexts: (EventContext | undefined)[] = []
    const consumer = stage.consumer(
      [
        on('order.*', async () => {
          await Promise.resolve()
          contexts.push(carrier.current())
        }),
      ],
      { context: carrier, topics: ['orders'] },
    )
    await consumer.start()
    const eventId = '00000000-0000-7000-8000-0000000000aa'
    const correlationId = '00000000-0000-7000-8000-0000000000bb'
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await stage.append({ envelope: { eventId, correlationId }, headers: [textHeader('traceparent', traceparent)] })
    await stage.clock.advance(0)

    expect(contexts).toEqual([{ correlationId, causationId: eventId, traceparent }])
  })

  it('is called for every pattern its event fits, each with an event of its own', async () => {
    const seen: unknown[] = []
    const spoil = (name: string) => (event: Envelope) => {
      const after = event.payload.after as { total: number }
      seen.push([name, after.total])
      after.total = -1
    }
    const consumer = stage.consumer(
      [on('order.*', spoil('one')), on('order.**', spoil('two')), on('user.*', spoil('never'))],
      {
        topics: ['orders'],
      },
    )
    await consumer.start()
    await stage.append({ total: 5 })
    await stage.clock.advance(0)

    expect(seen).toEqual([
      ['one', 5],
      ['two', 5],
    ])
  })

  it('skips a record by a rule of its own, which is counted', async () => {
    const consumer = stage.consumer([on(OrderCreated, (_, context) => context.skip('on-time'))])
    await consumer.start()
    await stage.append({}, {})
    await stage.clock.advance(1_000)

    expect(consumer.counts()).toMatchObject({ handled: 0, skipped: { 'on-time': 2 } })
    expect(await stage.committed()).toBe(2n)
  })

  it('that throws whatever it likes is tried again with back-off, and stops nothing', async () => {
    const thrown: unknown[] = [
      new TypeError('of undefined'),
      'a text',
      undefined,
      null,
      {
        toString: () => {
          throw new Error('evil')
        },
      },
    ]
    const attempts: number[] = []
    const consumer = stage.consumer([
      on(
        OrderCreated,
        (_, { attempt }) => {
          attempts.push(attempt)
          if (attempt <= thrown.length) throw thrown[attempt - 1]
        },
        { retry: { maxAttempts: 10 } },
      ),
    ])
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(20_000)

    expect(attempts).toEqual([1, 2, 3, 4, 5, 6])
    expect(consumer.counts()).toMatchObject({ handled: 1, retried: 5, deadLettered: 0 })
    expect(stage.logger.lines.find((line) => line.text === 'handler failed, will retry')?.facts).toMatchObject({
      topic: 'orders',
      partition: 0,
      offset: '0',
      handler: 'order.created',
      attempt: 1,
      errorClass: 'TypeError',
      error: 'of undefined',
      delayMs: 100,
    })
  })

  it('sees on each attempt the event as it was published, not as the last attempt left it', async () => {
    const totals: number[] = []
    const consumer = stage.consumer([
      on(OrderCreated, (event, { attempt }) => {
        totals.push(event.payload.after.total)
        event.payload.after.total = 0
        if (attempt < 3) throw new Error('again')
      }),
    ])
    await consumer.start()
    await stage.append({ total: 9 })
    await stage.clock.advance(5_000)

    expect(totals).toEqual([9, 9, 9])
  })

  it('of a replayed record learns of the replay', async () => {
    const replays: unknown[] = []
    const consumer = stage.consumer([on(OrderCreated, (_, context) => void replays.push(context.replay?.replayId))])
    await consumer.start()
    await stage.append({}, { headers: replayed({ groups: [groupId, 'other'] }) }, { headers: replayed() })
    await stage.clock.advance(0)

    expect(replays).toEqual([undefined, 'r-1', 'r-1'])
  })
})

describe('the order', () => {
  it('is kept within a key across retries, while other keys go on', async () => {
    const handled: string[] = []
    const consumer = stage.consumer([
      on(OrderCreated, (event, { attempt, record }) => {
        if (event.payload.after.total === 1 && attempt < 3) throw new Error('not yet')
        handled.push(`${text(record.key)}${event.payload.after.total}`)
      }),
    ])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'a', total: 2 }, { key: 'b', total: 3 }, { key: 'b', total: 4 })
    await stage.clock.advance(0)
    expect(handled).toEqual(['b3', 'b4'])
    await stage.clock.advance(5_000)
    expect(handled).toEqual(['b3', 'b4', 'a1', 'a2'])
  })

  it('of records without a key is that of their partition', async () => {
    const running: number[] = []
    const gate = createGate()
    const consumer = stage.consumer([
      on(OrderCreated, (event) => {
        running.push(event.payload.after.total)
        return gate.opened
      }),
    ])
    await consumer.start()
    await stage.append({ key: null, total: 1 }, { key: null, total: 2 }, { key: 'null', total: 3 })
    await stage.clock.advance(0)
    expect(running).toEqual([1, 3])
    gate.open()
    await stage.clock.advance(0)
    expect(running).toEqual([1, 3, 2])
  })

  it('lets no more than `concurrency` handlers run, and none of the waiting ones hold a place', async () => {
    let running = 0
    let most = 0
    const gates = [createGate(), createGate(), createGate(), createGate()]
    const consumer = stage.consumer(
      [
        on(OrderCreated, async (event, { attempt }) => {
          running += 1
          most = Math.max(most, running)
          if (attempt > 1) await gates[event.payload.after.total]?.opened
          running -= 1
          if (attempt === 1) throw new Error('wait for a while')
        }),
      ],
      { concurrency: 2, topics: ['orders'] },
    )
    await consumer.start()
    await stage.append(...[0, 1, 2, 3].map((total) => ({ key: `k${total}`, total })))
    await stage.clock.advance(0)
    // All four have failed once and wait, though only two places exist.
    expect(consumer.counts()).toMatchObject({ open: 4, retried: 0 })
    expect(running).toBe(0)
    await stage.clock.advance(1_000)
    expect(running).toBe(2)
    for (const gate of gates) gate.open()
    await stage.clock.advance(0)
    expect(most).toBe(2)
    expect(consumer.counts()).toMatchObject({ handled: 4 })
  })
})

describe('the ordering', () => {
  it('by partition runs the records of a partition one after the other, whatever their keys', async () => {
    const gate = createGate()
    const seen: number[] = []
    const consumer = stage.consumer(
      [
        on(OrderCreated, async ({ payload }) => {
          seen.push(payload.after.total)
          await gate.opened
        }),
      ],
      { ordering: 'partition' },
    )
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2 })
    await stage.clock.advance(0)
    expect(seen).toEqual([1])

    gate.open()
    await stage.clock.advance(0)
    expect(seen).toEqual([1, 2])
  })

  it('by nothing runs the records of a key beside each other', async () => {
    const gate = createGate()
    const seen: number[] = []
    const consumer = stage.consumer(
      [
        on(OrderCreated, async ({ payload }) => {
          seen.push(payload.after.total)
          await gate.opened
        }),
      ],
      { ordering: 'none' },
    )
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'a', total: 2 })
    await stage.clock.advance(0)
    expect(seen).toEqual([1, 2])
    expect(await stage.committed()).toBeUndefined()

    gate.open()
    await stage.clock.advance(1_000)
    expect(await stage.committed()).toBe(2n)
  })
})

describe('the concurrency of a subscription', () => {
  it('bounds its own calls; who waits for it holds no place of the others', async () => {
    const gate = createGate()
    const narrow: number[] = []
    const wide: number[] = []
    const consumer = stage.consumer(
      [
        on(
          OrderCreated,
          async ({ payload }) => {
            narrow.push(payload.after.total)
            await gate.opened
          },
          { concurrency: 1 },
        ),
        on('order.updated', (event) => {
          wide.push((event.payload.after as { total: number }).total)
        }),
      ],
      { concurrency: 2, topics: ['orders'] },
    )
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2 }, { key: 'c', total: 3 })
    await stage.append({ key: 'd', total: 4, envelope: { name: 'order.updated' } })
    await stage.clock.advance(0)
    expect(narrow).toEqual([1])
    expect(wide).toEqual([4])

    gate.open()
    await stage.clock.advance(0)
    expect(narrow).toEqual([1, 2, 3])
    expect(consumer.counts()).toMatchObject({ handled: 4, open: 0 })
  })

  it('is given back with the partition, also by handlers that never settle', async () => {
    const seen: number[] = []
    const consumer = stage.consumer([
      on(
        OrderCreated,
        async ({ payload }) => {
          seen.push(payload.after.total)
          if (seen.length === 1) await new Promise(() => undefined)
        },
        { concurrency: 1 },
      ),
    ])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2 })
    await stage.clock.advance(0)
    expect(seen).toEqual([1])

    stage.broker.controls.takeAway(groupId)()
    await stage.clock.advance(5_000)
    expect(seen).toEqual([1, 1, 2])
  })

  it('is a whole number, checked before anything starts', () => {
    expect(() => stage.consumer([on(OrderCreated, ignored, { concurrency: 0 })])).toThrow(
      /subscriptions\[0\]: concurrency/,
    )
    // @ts-expect-error for callers without types
    expect(() => stage.consumer([on(OrderCreated, ignored, { paralel: 2 })])).toThrow(/paralel: is no option/)
  })
})

describe('a record', () => {
  it('that fits no subscription is skipped and counted', async () => {
    const consumer = stage.consumer([on(OrderCreated, ignored)])
    await consumer.start()
    await stage.append({ envelope: { name: 'order.cancelled' } })
    await stage.clock.advance(1_000)

    expect(consumer.counts()).toMatchObject({ handled: 0, skipped: { 'not-subscribed': 1 } })
    expect(await stage.committed()).toBe(1n)
  })

  it('that is a tombstone is skipped and counted', async () => {
    const consumer = stage.consumer([on('order.*', ignored)], { topics: ['orders'] })
    await consumer.start()
    await stage.append({ value: null })
    await stage.clock.advance(0)

    expect(consumer.counts()).toMatchObject({ skipped: { tombstone: 1 }, deadLettered: 0 })
  })

  it('of a replay for other groups is skipped before it is decoded', async () => {
    const consumer = stage.consumer([on('order.*', ignored)], { topics: ['orders'] })
    await consumer.start()
    await stage.append(
      { headers: replayed({ groups: ['other'] }) },
      { value: 'no event', headers: replayed({ groups: ['other'] }) },
    )
    await stage.clock.advance(0)

    expect(consumer.counts()).toMatchObject({ handled: 0, deadLettered: 0, skipped: { 'replay-for-other-groups': 2 } })
  })

  it('is done when all its handlers are, each with its own attempts and outcome', async () => {
    const calls: string[] = []
    const consumer = stage.consumer(
      [
        on(OrderCreated, () => void calls.push('good')),
        on(
          'order.*',
          () => {
            calls.push('bad')
            throw new Error('always')
          },
          { name: 'bad', retry: { maxAttempts: 3 } },
        ),
        on('order.created', (_, context) => context.skip('of-no-interest'), { name: 'choosy' }),
      ],
      { topics: ['orders'] },
    )
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(10_000)

    expect(calls).toEqual(['good', 'bad', 'bad', 'bad'])
    expect(consumer.counts()).toMatchObject({
      handled: 0,
      deadLettered: 1,
      handlers: {
        'order.created': { handled: 1, retried: 0, deadLettered: 0, skipped: 0 },
        bad: { handled: 0, retried: 2, deadLettered: 1, skipped: 0 },
        choosy: { handled: 0, retried: 0, deadLettered: 0, skipped: 1 },
      },
    })
    expect(stage.broker.controls.records(`orders.${groupId}.dlq`)).toHaveLength(1)
    expect(await stage.committed()).toBe(1n)
  })

  it('of two versions subscribed side by side goes to the handler of its own', async () => {
    const next = defineEvent('order.created', {
      version: 2,
      description: 'A new order was placed, with its currency',
      requireActor: false,
      requireEntity: true,
      topic: { name: 'orders', partitions: 1 },
      payload: { after: z.object({ total: z.number(), currency: z.string() }) },
    })
    const seen: number[] = []
    const consumer = stage.consumer([
      on(OrderCreated, (event) => void seen.push(event.version)),
      on(next, (event) => void seen.push(event.version), { name: 'v2' }),
    ])
    await consumer.start()
    await stage.append({}, { envelope: { version: 2, payload: { after: { total: 1, currency: 'EUR' } } } })
    await stage.clock.advance(0)

    expect(seen).toEqual([1, 2])
    expect(consumer.counts()).toMatchObject({ handled: 2, deadLettered: 0 })
  })
})

describe('a dead letter', () => {
  const letters = () => stage.broker.controls.records(`orders.${groupId}.dlq`)

  it('is written at once for a value that cannot be decoded', async () => {
    const consumer = stage.consumer([on(OrderCreated, ignored)])
    await consumer.start()
    await stage.append({ value: '{"not": "an event"}' })
    await stage.clock.advance(1_000)

    expect(letters()).toHaveLength(1)
    expect(headerText(letters()[0]?.headers ?? [], 'lb-failed-step')).toBe('decode')
    expect(headerText(letters()[0]?.headers ?? [], 'lb-attempts')).toBe('0')
    expect(consumer.counts()).toMatchObject({ deadLettered: 1, retried: 0 })
    expect(await stage.committed()).toBe(1n)
  })

  it('is written at once for an event that does not fit its definition, or of an unknown version', async () => {
    let calls = 0
    const consumer = stage.consumer([on(OrderCreated, () => void (calls += 1))], { newerVersionGraceMs: 0 })
    await consumer.start()
    await stage.append({ envelope: { payload: { after: { total: 'many' } } } }, { envelope: { version: 9 } })
    await stage.clock.advance(0)

    expect(calls).toBe(0)
    expect(
      letters().map(({ headers }) => [headerText(headers, 'lb-failed-step'), headerText(headers, 'lb-error-code')]),
    ).toEqual([
      ['validate', 'EVENT_INVALID'],
      ['validate', 'EVENT_VERSION_UNKNOWN'],
    ])
  })

  it('carries key, value and headers as they were, in the partition of the same number', async () => {
    const wide = defineEvent('wide.event', {
      version: 1,
      description: 'Has several partitions',
      requireActor: false,
      requireEntity: false,
      topic: { name: 'wide', partitions: 5 },
      payload: {},
    })
    stage = await createStage([wide])
    const consumer = stage.consumer([on(wide, ignored)])
    await consumer.start()
    const value = Uint8Array.from([0, 255, 1, 254])
    const headers = [
      textHeader('trace', 'x'),
      { name: 'odd', value: Uint8Array.from([255, 0]) },
      { name: 'none', value: null },
      textHeader('trace', 'y'),
    ]
    await stage.append({ topic: 'wide', partition: 3, key: 'k', value, headers })
    await stage.clock.advance(0)

    const [letter] = stage.broker.controls.records(`wide.${groupId}.dlq`)
    expect(letter).toMatchObject({ partition: 3, value })
    expect(text(letter?.key ?? null)).toBe('k')
    expect(letter?.headers.slice(0, 4)).toEqual(headers)
    expect(letter?.headers.slice(4).every(({ name }) => name.startsWith('lb-'))).toBe(true)
  })

  it('is written when the attempts are used up, and says what failed', async () => {
    const consumer = stage.consumer([
      on(OrderCreated, () => {
        throw Object.assign(new RangeError('card 4111 declined'), { code: 'CARD_DECLINED' })
      }),
    ])
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(30_000)

    const headers = letters()[0]?.headers ?? []
    const facts = [
      'lb-attempts',
      'lb-handler',
      'lb-failed-step',
      'lb-failed-reason',
      'lb-error-class',
      'lb-error-code',
      'lb-error-message',
    ]
    expect(facts.map((name) => headerText(headers, name))).toEqual([
      '5',
      'order.created',
      'handle',
      'attempts-exhausted',
      'RangeError',
      'CARD_DECLINED',
      'card 4111 declined',
    ])
    expect(headerText(headers, 'lb-error-stack')).toBeUndefined()
  })

  it('holds the record and its key until it is known to stand, while others go on', async () => {
    const handled: number[] = []
    const consumer = stage.consumer([
      on(
        OrderCreated,
        (event) => {
          if (event.payload.after.total === 1) throw new Error('bad')
          handled.push(event.payload.after.total)
        },
        { retry: { maxAttempts: 1 } },
      ),
    ])
    await consumer.start()
    const dlq = { at: 'append', topic: `orders.${groupId}.dlq` } as const
    stage.broker.controls.inject({ ...dlq, outcome: 'failed', times: 2 })
    stage.broker.controls.inject({ ...dlq, outcome: 'unknown', times: 1 })
    await stage.append({ key: 'a', total: 1 }, { key: 'a', total: 2 }, { key: 'b', total: 3 })
    // The second failure is followed by half a second of waiting and more.
    await stage.clock.advance(500)
    expect(handled).toEqual([3])
    expect(await stage.committed()).toBeUndefined()
    expect(stage.logger.texts('error').filter((line) => line.startsWith('dead letter not stored'))).toHaveLength(2)
    await stage.clock.advance(60_000)

    expect(handled).toEqual([3, 2])
    expect(letters()).toHaveLength(1)
    expect(await stage.committed()).toBe(3n)
    expect(consumer.counts()).toMatchObject({ deadLettered: 1, handled: 2, open: 0 })
  })

  it('drops what is said of the error when the topic takes no more', async () => {
    const broker = stage.broker
    const admin = broker.createAdmin()
    await admin.start()
    await admin.createTopics([
      { name: `orders.${groupId}.dlq`, partitions: 1, settings: { 'max.message.bytes': '1600' } },
    ])
    const consumer = stage.consumer([
      on(
        OrderCreated,
        () => {
          throw new Error('x'.repeat(5_000))
        },
        { retry: { maxAttempts: 1 } },
      ),
    ])
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(0)

    expect(headerText(letters()[0]?.headers ?? [], 'lb-error-message')).toBe('x'.repeat(128))
  })

  it('that is too large all the same holds its key, not the others, and health says so', async () => {
    const admin = stage.broker.createAdmin()
    await admin.start()
    await admin.createTopics([
      { name: `orders.${groupId}.dlq`, partitions: 1, settings: { 'max.message.bytes': '600' } },
    ])
    const failing = on(OrderCreated, (event) => {
      if (event.payload.after.total === 1) throw new Error('no')
    })
    const consumer = stage.consumer([failing], { retry: { maxAttempts: 1 } })
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'a', total: 2 }, { key: 'b', total: 3 })
    await stage.clock.advance(100_000)

    expect(consumer.counts()).toMatchObject({ handled: 1, deadLettered: 0, open: 2 })
    expect(consumer.health()).toMatchObject({
      status: 'degraded',
      degradations: [{ reason: 'dead-letter-not-stored', topic: `orders.${groupId}.dlq`, partition: 0 }],
    })
    expect(await stage.committed()).toBe(0n)
  })

  it('has its error text cleaned by the redact option, as the log has', async () => {
    const consumer = stage.consumer(
      [
        on(
          OrderCreated,
          () => {
            throw new Error('card 4111111111111111 declined')
          },
          { retry: { maxAttempts: 1 } },
        ),
      ],
      { redact: (line) => line.replaceAll(/\d{16}/g, '[card]'), errorStacks: 'include' },
    )
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(0)

    const headers = letters()[0]?.headers ?? []
    expect(headerText(headers, 'lb-error-message')).toBe('card [card] declined')
    expect(headerText(headers, 'lb-error-stack')).toMatch(/^Error: card \[card\] declined\n/)
    expect(JSON.stringify(stage.logger.lines)).not.toContain('4111111111111111')
  })
})

describe('commits', () => {
  it('happen once an interval, up to the lowest record that is not finished', async () => {
    const gate = createGate()
    const consumer = stage.consumer([
      on(OrderCreated, (event) => (event.payload.after.total === 2 ? gate.opened : undefined)),
    ])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2 }, { key: 'c', total: 3 })
    await stage.clock.advance(999)
    expect(await stage.committed()).toBeUndefined()
    await stage.clock.advance(1)
    expect(await stage.committed()).toBe(1n)
    gate.open()
    await stage.clock.advance(1_000)
    expect(await stage.committed()).toBe(3n)
  })

  it('that fail or stay unknown are repeated', async () => {
    const consumer = stage.consumer([on(OrderCreated, ignored)])
    await consumer.start()
    stage.broker.controls.inject({ at: 'commit', outcome: 'failed' })
    stage.broker.controls.inject({ at: 'commit', outcome: 'unknown' })
    await stage.append({})
    await stage.clock.advance(2_000)
    expect(await stage.committed()).toBeUndefined()
    await stage.clock.advance(1_000)
    expect(await stage.committed()).toBe(1n)
  })

  it('pass over holes that compaction left', async () => {
    await stage.append({ key: 'a' }, { key: 'a' }, { key: 'b' }, { key: 'a' })
    stage.broker.controls.compact({ topic: 'orders', partition: 0 })
    const seen: bigint[] = []
    const consumer = stage.consumer([on(OrderCreated, (_, { record }) => void seen.push(record.offset))])
    await consumer.start()
    await stage.clock.advance(1_000)

    expect(seen).toEqual([2n, 3n])
    expect(await stage.committed()).toBe(4n)
  })

  it('happen at once when a rebalance begins', async () => {
    const consumer = stage.consumer([on(OrderCreated, ignored)])
    await consumer.start()
    await stage.append({}, {})
    await stage.clock.advance(1)
    await stage.broker.controls.rebalance(groupId)

    expect(await stage.committed()).toBe(2n)
    expect(consumer.counts()).toMatchObject({ delivered: 2, handled: 2 })
  })
})

describe('a partition that is taken away', () => {
  it('aborts its handlers, and what they return or throw later is without effect', async () => {
    const gate = createGate()
    const reasons: unknown[] = []
    let calls = 0
    const consumer = stage.consumer([
      on(OrderCreated, async (event, { signal }) => {
        calls += 1
        if (calls > 2) return
        signal.addEventListener('abort', () => reasons.push((signal.reason as LedgerbusError).code))
        await gate.opened
        if (event.payload.after.total === 1) throw new Error('too late')
      }),
    ])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'a', total: 2 }, { key: 'b', total: 3 })
    await stage.clock.advance(0)
    const giveBack = stage.broker.controls.takeAway(groupId)
    await stage.clock.advance(0)
    expect(reasons).toEqual(['BROKER_PARTITION_LOST', 'BROKER_PARTITION_LOST'])
    expect(consumer.counts()).toMatchObject({ lost: 3, open: 0 })
    gate.open()
    await stage.clock.advance(5_000)
    expect(consumer.counts()).toMatchObject({ handled: 0, late: 2, handlers: { 'order.created': { handled: 0 } } })
    expect(await stage.committed()).toBeUndefined()
    expect(stage.logger.texts('warn')).toEqual([])
    giveBack()
    await stage.clock.advance(5_000)

    // All came again, under a new epoch.
    expect(consumer.counts()).toMatchObject({ delivered: 6, handled: 3, lost: 3, open: 0 })
    expect(await stage.committed()).toBe(3n)
  })

  it('counts nothing whose dead letter was under way; it may be written again by the next owner', async () => {
    const gate = createGate()
    stage.broker.controls.inject({ at: 'append', topic: `orders.${groupId}.dlq`, outcome: 'ok', until: gate.opened })
    const consumer = stage.consumer([on(OrderCreated, ignored)])
    await consumer.start()
    await stage.append({ value: 'no event' })
    await stage.clock.advance(0)
    const giveBack = stage.broker.controls.takeAway(groupId)
    gate.open()
    await stage.clock.advance(0)
    expect(consumer.counts()).toMatchObject({ deadLettered: 0, open: 0, lost: 1 })
    giveBack()
    await stage.clock.advance(1_000)
    expect(consumer.counts()).toMatchObject({ delivered: 2, deadLettered: 1, open: 0, lost: 1 })
    expect(await stage.committed()).toBe(1n)
  })

  it('gives the places of handlers that never settle to others', async () => {
    let calls = 0
    const consumer = stage.consumer(
      [
        on(OrderCreated, () => {
          calls += 1
          return calls === 1 ? new Promise(() => undefined) : undefined
        }),
      ],
      { concurrency: 1 },
    )
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(0)
    stage.broker.controls.takeAway(groupId)()
    await stage.clock.advance(1_000)

    expect(consumer.counts()).toMatchObject({ handled: 1 })
  })

  it('does not commit, also when the loss is noticed only by the commit', async () => {
    const consumer = stage.consumer([on(OrderCreated, ignored)])
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(0)
    stage.broker.controls.takeAway(groupId, { silently: true })
    await stage.clock.advance(5_000)

    expect(await stage.committed()).toBeUndefined()
  })
})

describe('the buffer', () => {
  it('is bounded by records: a stuck partition takes no more, another one goes on', async () => {
    const other = defineEvent('user.created', {
      version: 1,
      description: 'Another topic',
      requireActor: false,
      requireEntity: false,
      topic: { name: 'users', partitions: 1 },
      payload: {},
    })
    stage = await createStage([OrderCreated, other], { maxRecordsPerBatch: 5 })
    const gate = createGate()
    const consumer = stage.consumer([on(OrderCreated, () => gate.opened), on(other, ignored)], {
      maxBufferedRecords: 10,
    })
    await stage.append(...Array.from({ length: 40 }, () => ({})))
    await consumer.start()
    await stage.clock.advance(0)
    expect(consumer.counts()).toMatchObject({ delivered: 10 })
    await stage.append({ topic: 'users', envelope: { name: 'user.created', payload: {} } })
    await stage.clock.advance(0)
    expect(consumer.counts()).toMatchObject({ delivered: 11, handled: 1 })
    gate.open()
    await stage.clock.advance(0)
    expect(consumer.counts()).toMatchObject({ delivered: 41, handled: 41 })
  })

  it('is bounded by bytes', async () => {
    stage = await createStage([OrderCreated], { maxRecordsPerBatch: 1 })
    const gate = createGate()
    const consumer = stage.consumer([on(OrderCreated, () => gate.opened)], { maxBufferedBytes: 2_000 })
    await stage.append(...Array.from({ length: 10 }, () => ({})))
    await consumer.start()
    await stage.clock.advance(0)
    expect(consumer.counts().delivered).toBeLessThan(6)
    gate.open()
    await stage.clock.advance(0)
    expect(consumer.counts()).toMatchObject({ delivered: 10, handled: 10 })
  })
})

describe('close', () => {
  it('finishes what was delivered, commits it, and reports', async () => {
    const gate = createGate()
    const consumer = stage.consumer([on(OrderCreated, () => gate.opened)])
    await consumer.start()
    await stage.append({}, {}, {})
    await stage.clock.advance(0)
    const closed = consumer.close()
    await stage.append({})
    gate.open()
    await stage.clock.advance(0)

    expect(await closed).toMatchObject({
      drained: 3,
      aborted: 0,
      left: 0,
      commit: 'ok',
      committed: [{ topic: 'orders', partition: 0, offset: 3n as NextOffset }],
      counts: { delivered: 3, handled: 3, open: 0 },
    })
    expect(await stage.committed()).toBe(3n)
    expect(stage.clock.waiting).toBe(0)
  })

  it('aborts handlers when the time is over; their records stay uncommitted', async () => {
    let reason: unknown
    const consumer = stage.consumer([
      on(OrderCreated, (event, { signal }) => {
        if (event.payload.after.total === 1) return undefined
        signal.addEventListener('abort', () => (reason = signal.reason))
        return new Promise(() => undefined)
      }),
    ])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'b', total: 2 }, { key: 'b', total: 1 })
    await stage.clock.advance(0)
    const closed = consumer.close({ drainMs: 1_000 })
    await stage.clock.advance(1_000)

    expect(await closed).toMatchObject({
      drained: 0,
      aborted: 1,
      left: 2,
      commit: 'ok',
      counts: { handled: 1, open: 2 },
    })
    expect(reason).toMatchObject({ code: 'CONSUMER_DRAIN_TIMED_OUT' })
    expect(await stage.committed()).toBe(1n)
    expect(stage.clock.waiting).toBe(0)
  })

  it('does not wait for the next attempt of what failed: that record comes again', async () => {
    const consumer = stage.consumer([
      on(OrderCreated, (event) => {
        if (event.payload.after.total === 1) throw new Error('later')
      }),
    ])
    await consumer.start()
    await stage.append({ key: 'a', total: 1 }, { key: 'a', total: 2 }, { key: 'b', total: 3 })
    await stage.clock.advance(0)
    const closed = consumer.close()
    await stage.clock.advance(0)

    expect(await closed).toMatchObject({ left: 2, aborted: 0, counts: { handled: 1, deadLettered: 0 } })
    expect(await stage.committed()).toBe(0n)
  })

  it('leaves a record uncommitted whose dead letter cannot be written', async () => {
    const consumer = stage.consumer([on(OrderCreated, ignored)])
    await consumer.start()
    stage.broker.controls.inject({ at: 'append', topic: `orders.${groupId}.dlq`, outcome: 'failed', times: 1_000 })
    await stage.append({ value: 'no event' })
    await stage.clock.advance(60_000)
    const closed = consumer.close()
    await stage.clock.advance(0)

    expect(await closed).toMatchObject({ left: 1, counts: { deadLettered: 0 } })
    expect(await stage.committed()).toBe(0n)
  })

  it('returns the same promise when called again', async () => {
    const consumer = stage.consumer([on(OrderCreated, ignored)])
    await consumer.start()
    const first = consumer.close()
    expect(consumer.close()).toBe(first)
    await first
  })

  it('called inside a handler waits for all the others, and comes back', async () => {
    const gate = createGate()
    let report: ConsumerReport | undefined
    const consumer = stage.consumer([
      on(OrderCreated, async (event) => {
        if (event.payload.after.total === 2) return await gate.opened
        report = await consumer.close()
      }),
    ])
    await consumer.start()
    await stage.append({ key: 'b', total: 2 }, { key: 'a', total: 1 })
    await stage.clock.advance(0)
    expect(report).toBeUndefined()
    gate.open()
    await stage.clock.advance(0)

    expect(report).toMatchObject({ drained: 1, aborted: 1, left: 1 })
    expect(await stage.committed()).toBe(1n)
  })

  it('already called outside does not dead-lock with a handler that calls it too', async () => {
    const gate = createGate()
    const consumer = stage.consumer([
      on(OrderCreated, async () => {
        await gate.opened
        await consumer.close()
      }),
    ])
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(0)
    const closed = consumer.close()
    gate.open()
    await stage.clock.advance(0)

    expect(await closed).toMatchObject({ aborted: 1, left: 1 })
  })

  it('ends in time when the broker does not answer the last commit: then the commit is unknown', async () => {
    const consumer = stage.consumer([on(OrderCreated, ignored)])
    await consumer.start()
    await stage.append({})
    stage.broker.controls.inject({ at: 'commit', outcome: 'ok', until: new Promise(() => undefined) })
    await stage.clock.advance(0)
    const closed = consumer.close({ drainMs: 1_000 })
    await stage.clock.advance(2_000)

    expect(await closed).toMatchObject({ commit: 'unknown', left: 0 })
  })

  it('ends a start that is under way', async () => {
    const gate = createGate()
    const slow = {
      ...stage.broker,
      createAdmin: () => ({ ...stage.broker.createAdmin(), start: () => gate.opened }),
    }
    const consumer = stage.consumer([on(OrderCreated, ignored)], { broker: slow })
    const started = consumer.start().catch((error: LedgerbusError) => error.code)
    const closed = consumer.close()
    gate.open()

    expect(await closed).toMatchObject({ left: 0, counts: { delivered: 0 } })
    expect(await started).toBe('CONSUMER_CLOSED')
  })

  it('does nothing to a consumer that was never started', async () => {
    expect(await stage.consumer([on(OrderCreated, ignored)]).close()).toMatchObject({
      drained: 0,
      left: 0,
      commit: 'ok',
    })
  })
})

describe('start', () => {
  it('names every topic that is missing, and how to create it', async () => {
    const consumer = stage.consumer([on(OrderCreated, ignored), on('user.*', ignored), on('page.*', ignored)])
    await expect(consumer.start()).rejects.toMatchObject({
      code: 'TOPICS_MISSING',
      problems: ['page does not exist', 'user does not exist', expect.stringContaining('ledgerbus topic apply')],
    })
  })

  it('makes dead-letter topics like their source, that keep their records', async () => {
    await stage.consumer([on(OrderCreated, ignored)]).start()
    const admin = stage.broker.createAdmin()
    await admin.start()
    const [topic] = await admin.describeTopics([`orders.${groupId}.dlq`])
    expect(topic).toMatchObject({ partitions: 1, settings: { 'retention.ms': '-1', 'cleanup.policy': 'delete' } })
  })

  it('only checks for them when told so', async () => {
    const consumer = stage.consumer([on(OrderCreated, ignored)], { deadLetterTopics: 'check' })
    await expect(consumer.start()).rejects.toMatchObject({
      code: 'TOPICS_MISSING',
      problems: [
        `orders.${groupId}.dlq does not exist`,
        `orders.${groupId}.dlq.state does not exist`,
        `orders.${groupId}.retry.0s does not exist`,
        expect.anything(),
      ],
    })
  })

  it('refuses a dead-letter topic that has too few partitions or is compacted', async () => {
    stage.broker.controls.addPartitions('orders', 4)
    const admin = stage.broker.createAdmin()
    await admin.start()
    const settings = { 'cleanup.policy': 'compact' }
    await admin.createTopics([{ name: `orders.${groupId}.dlq`, partitions: 2, settings }])
    const consumer = stage.consumer([on(OrderCreated, ignored)])
    await expect(consumer.start()).rejects.toMatchObject({
      code: 'DEAD_LETTER_TOPICS_UNFIT',
      problems: [expect.stringContaining('has 2 partitions, its source 4'), expect.stringContaining('is compacted')],
    })
  })

  it('happens once, but again after a failure', async () => {
    const consumer = stage.consumer([on(OrderCreated, ignored)])
    stage.broker.controls.goDown()
    await expect(consumer.start()).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
    stage.broker.controls.comeBack()
    await consumer.start()
    await expect(consumer.start()).rejects.toMatchObject({ code: 'CONSUMER_ALREADY_STARTED' })
    await consumer.close()
    await expect(consumer.start()).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' })
  })

  it('that fails after the member joined leaves nothing open', async () => {
    await stage.append({}, {})
    let failures = 1
    const broker: Broker = {
      ...stage.broker,
      createConsumer(options) {
        const inner = stage.broker.createConsumer(options)
        return {
          ...inner,
          async start(listener, wait) {
            await inner.start(listener, wait)
            await stage.clock.advance(0)
            failures -= 1
            if (failures >= 0) throw new Error('disconnected just then')
          },
        }
      },
    }
    const consumer = stage.consumer([on(OrderCreated, () => new Promise(() => undefined))], { broker })
    await expect(consumer.start()).rejects.toThrow('disconnected just then')
    expect(consumer.counts()).toMatchObject({ delivered: 2, open: 0, lost: 2 })
    await consumer.start()
    expect(consumer.counts()).toMatchObject({ delivered: 4, open: 2, lost: 2 })
    const closed = consumer.close({ drainMs: 10 })
    await stage.clock.advance(2_000)
    expect(await closed).toMatchObject({ aborted: 1, left: 2 })
  })

  it('hands on to the broker what concerns the group', async () => {
    const asked: unknown[] = []
    const broker: Broker = {
      ...stage.broker,
      createConsumer(options) {
        asked.push(options)
        return stage.broker.createConsumer(options)
      },
    }
    const options = { startFrom: 'latest', onOffsetOutOfRange: 'earliest', sessionTimeoutMs: 30_000 } as const
    await stage.consumer([on(OrderCreated, ignored)], { broker, ...options }).start()

    expect(asked).toEqual([
      { groupId, topics: ['orders', 'orders.billing.retry.0s'], rebalanceTimeoutMs: 60_000, ...options },
    ])
  })

  it('can begin with what is published from now on', async () => {
    await stage.append({ total: 1 })
    const seen: number[] = []
    const consumer = stage.consumer([on(OrderCreated, (event) => void seen.push(event.payload.after.total))], {
      startFrom: 'latest',
    })
    await consumer.start()
    await stage.append({ total: 2 })
    await stage.clock.advance(0)

    expect(seen).toEqual([2])
  })
})

describe('a consumer', () => {
  it('goes on after a restart where its group committed', async () => {
    const first = stage.consumer([on(OrderCreated, ignored)])
    await first.start()
    await stage.append({ total: 1 }, { total: 2 })
    await stage.clock.advance(0)
    await first.close()
    await stage.append({ total: 3 })
    const seen: number[] = []
    const second = stage.consumer([on(OrderCreated, (event) => void seen.push(event.payload.after.total))])
    await second.start()
    await stage.clock.advance(0)

    expect(seen).toEqual([3])
  })

  it('commits what it reads of a partition that is shorter than its commit', async () => {
    await stage.append({ total: 1 }, { total: 2 })
    const admin = stage.broker.createAdmin()
    await admin.start()
    await admin.setGroupOffsets(groupId, [{ topic: 'orders', partition: 0, offset: 100n as NextOffset }])
    const consumer = stage.consumer([on(OrderCreated, ignored)], { onOffsetOutOfRange: 'earliest' })
    await consumer.start()
    await stage.clock.advance(2_000)

    expect(consumer.counts()).toMatchObject({ handled: 2 })
    expect(await stage.committed()).toBe(2n)
  })

  it('survives its own logger: the record is run again, never lost', async () => {
    let failures = 2
    const broken = {
      ...stage.logger,
      warn: () => {
        failures -= 1
        if (failures >= 0) throw new Error('disk full')
      },
    }
    const consumer = stage.consumer(
      [
        on(OrderCreated, (_, { attempt }) => {
          if (attempt === 1 && failures > 0) throw new Error('once')
        }),
      ],
      { logger: broken },
    )
    await consumer.start()
    await stage.append({})
    await stage.clock.advance(60_000)

    expect(consumer.counts()).toMatchObject({ handled: 1, open: 0 })
    expect(stage.logger.texts('error')).toContainEqual(expect.stringContaining('the consumer itself failed'))
  })

  it('says aloud when its offset is out of range, and pauses that partition', async () => {
    await stage.append({}, {})
    const first = stage.consumer([on(OrderCreated, ignored)])
    await first.start()
    await stage.clock.advance(0)
    await first.close()
    await stage.append({}, {})
    stage.broker.controls.deleteRecords({ topic: 'orders', partition: 0 }, 3n)
    const second = stage.consumer([on(OrderCreated, ignored)])
    await second.start()
    await stage.clock.advance(0)

    expect(second.counts().delivered).toBe(0)
    expect(stage.logger.lines.at(-1)).toMatchObject({ level: 'error', facts: { code: 'BROKER_OFFSET_OUT_OF_RANGE' } })
  })
})

function text(bytes: Uint8Array | null): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array())
}
