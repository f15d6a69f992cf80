import {
  type AuditLogReader,
  type AuditReading,
  BrokerError,
  decodeEnvelope,
  defineEvent,
  encodeEnvelope,
  type NextOffset,
  readReplayMarks,
  toWireEnvelope,
} from '@ledgerbus/core'
import { anEnvelope, aRecord, Killed } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { askedFirst, noLeader } from '../../test/asked-first.ts'
import {
  anOrder,
  aReplayWorld,
  collected,
  groupedBy,
  originalOf,
  type ReplayWorld,
  request,
  textOf,
} from '../../test/replay-world.ts'
import type { ReplayCheck } from '../plan/replay-plan.ts'
import type { Replay } from '../replay.ts'
import type { ReplayError } from '../replay-error.ts'
import type { ReplayProgress } from './replay-report.ts'
import type { ReplayTransform } from './replay-transform.ts'

let world: ReplayWorld

beforeEach(async () => {
  world = await aReplayWorld()
})

const page = 500

/** So many orders in partitions 0 and 1. */
async function publishMany(counts: readonly [number, number] = [700, 500]): Promise<void> {
  for (const [partition, count] of counts.entries()) {
    for (let at = 0; at < count; at += page) {
      const length = Math.min(page, count - at)
      await world.publish(
        'orders',
        partition,
        Array.from({ length }, (_, index) => anOrder(`o-${partition}-${(at + index) % 7}`, { total: at + index })),
      )
    }
  }
  await world.audit()
}

function sequences(): number[] {
  return world.replayed().map(({ headers }) => readReplayMarks(headers)?.sequence ?? -1)
}

/** Every original once, each partition in its order. */
function expectAllOnce(): void {
  const records = world.broker.controls.records('orders')
  const isReplayed = (record: (typeof records)[number]) => readReplayMarks(record.headers) !== undefined
  const byPartition = groupedBy(records, ({ partition }) => partition)
  for (const ofPartition of byPartition.values()) {
    expect(ofPartition.filter(isReplayed).map(originalOf)).toEqual(
      ofPartition.filter((record) => !isReplayed(record)).map(originalOf),
    )
  }
  expect(sequences().toSorted((a, b) => a - b)).toEqual(Array.from(sequences(), (_, index) => index))
}

async function failure(work: Promise<unknown>): Promise<ReplayError> {
  try {
    await work
  } catch (error) {
    return error as ReplayError
  }
  throw new Error('the run ended well')
}

describe('a run', () => {
  it('publishes each planned entry once, byte for byte, to its own partition, in its order', async () => {
    await world.publish('orders', 0, [
      anOrder('o-1'),
      aRecord({
        key: null,
        value: 'no key, no event',
        headers: [
          ['twice', 'a'],
          ['twice', null],
        ],
      }),
      aRecord({ key: 'o-1', value: null }),
    ])
    await world.publish('orders', 2, [anOrder('o-3'), anOrder('o-3', { total: 5 })])
    const originals = world.broker.controls.records('orders').map(originalOf)
    await world.audit()

    const report = await world.run()

    expect(report).toMatchObject({
      state: 'completed',
      planned: 5,
      published: 5,
      publishedNow: 5,
      failed: 0,
      leftOut: 0,
    })
    expect(world.replayed().map(originalOf)).toEqual(originals)
  })

  it('marks each record with the replay, its place, its origin, the groups and the reason', async () => {
    await world.publish('orders', 1, [anOrder('o-1')])
    await world.audit()
    const [original] = world.broker.controls.records('orders')
    const { replayId } = await world.run({ mode: 'fill-gaps' })
    expect(readReplayMarks(world.replayed()[0]?.headers ?? [])).toEqual({
      replayId,
      sequence: 0,
      mode: 'fill-gaps',
      of: { topic: 'orders', partition: 1, offset: 0n },
      originalTimestampMs: original?.timestampMs,
      groups: ['billing'],
      reason: 'bug 42 is fixed',
    })
  })

  it('gives records the present time, as retention would remove those of the past', async () => {
    await publishMany([3, 0])
    await world.clock.advance(3_600_000)
    await world.run()
    const ages = world.replayed().map(({ timestampMs }) => world.clock.nowMs() - Number(timestampMs))
    expect(Math.max(...ages)).toBeLessThan(60_000)
  })

  it('replaces the marks of an earlier replay', async () => {
    await publishMany([2, 0])
    await world.run()
    await world.audit()
    const { replayId } = await world.run({ replays: 'only', reason: 'again' })
    const marks = world.replayed().map(({ headers }) => headers.filter(({ name }) => name === 'lb-replay-id'))
    expect(marks.map((ids) => ids.length)).toEqual([1, 1, 1, 1])
    expect(textOf(marks[3]?.[0]?.value ?? null)).toBe(replayId)
  })

  it('never meets its own output, also when the log stores it while the run goes on', async () => {
    await publishMany()
    const report = await world.run({}, { onProgress: () => void world.audit() })
    expect(report).toMatchObject({ state: 'completed', published: 1_200 })
    expectAllOnce()
  })

  it('publishes to another topic, each key in one partition of it', async () => {
    await world.admin.createTopics([{ name: 'copy', partitions: 1 }])
    await publishMany()
    await world.run({ target: 'copy' })
    expect(world.replayed()).toEqual([])
    expect(world.replayed('copy')).toHaveLength(1_200)
    expect(readReplayMarks(world.replayed('copy')[0]?.headers ?? [])?.mode).toBe('copy')
  })

  it('completes an empty plan at once', async () => {
    expect(await world.run()).toMatchObject({ state: 'completed', planned: 0, published: 0 })
  })

  it('reports its progress after every page, with the rate', async () => {
    await publishMany()
    const seen: ReplayProgress[] = []
    await world.run({}, { maxInFlight: 300, onProgress: (progress) => seen.push(progress), ratePerSecond: 1_500 })
    expect(seen.map(({ published }) => published)).toEqual([300, 600, 900, 1_200])
    expect(seen.at(-1)?.ratePerSecond).toBeGreaterThan(1_000)
  })

  it('keeps to the rate', async () => {
    await publishMany()
    const startedMs = world.clock.monotonicMs()
    const { durationMs } = await world.run({}, { ratePerSecond: 100 })
    expect(world.clock.monotonicMs() - startedMs).toBeGreaterThan(11_000)
    expect(durationMs).toBeGreaterThanOrEqual(11_700)
    expect(durationMs).toBeLessThanOrEqual(12_100)
  })

  it('goes as fast as its plan says where its own options do not, and as they say where they do', async () => {
    const planned = await aReplayWorld()
    await planned.publish(
      'orders',
      0,
      Array.from({ length: 300 }, (_, index) => anOrder(`o-${index}`)),
    )
    await planned.audit()
    const asPlanned = await planned.run({ ratePerSecond: 100 }, {})
    expect(asPlanned.durationMs).toBeGreaterThanOrEqual(2_500)
    const faster = await planned.run({ ratePerSecond: 100 }, { ratePerSecond: 100_000 })
    expect(faster.durationMs).toBeLessThan(1_000)
  })

  it('keeps the gaps of the originals at their own speed, the long ones shortened', async () => {
    for (const gapMs of [0, 1_000, 3_000, 600_000]) {
      await world.clock.advance(gapMs)
      await world.publish('orders', 0, [{ ...anOrder('o-1'), timestampMs: BigInt(world.clock.nowMs()) }])
    }
    await world.audit()
    await world.run({ order: 'time' }, { speed: 2, maxGapMs: 10_000 })
    const times = world.replayed().map(({ timestampMs }) => Number(timestampMs))
    expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual([500, 1_500, 10_000])
  })

  it('keeps the gaps that its plan says where its own options do not', async () => {
    for (const gapMs of [0, 1_000, 3_000]) {
      await world.clock.advance(gapMs)
      await world.publish('orders', 0, [{ ...anOrder('o-1'), timestampMs: BigInt(world.clock.nowMs()) }])
    }
    await world.audit()
    await world.run({ order: 'time', speed: 4 })
    const times = world.replayed().map(({ timestampMs }) => Number(timestampMs))
    expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual([250, 750])
  })

  it('keeps them whatever a transaction takes, with a sign of life in between', async () => {
    const gapsMs = [50, 100, 250, 5_020, 60, 900]
    world = { ...world, broker: slow(world.broker, { everyStepMs: 12 }) }
    for (const gapMs of [0, ...gapsMs]) {
      await world.clock.advance(gapMs)
      await world.publish('orders', 0, [{ ...anOrder('o-1'), timestampMs: BigInt(world.clock.nowMs()) }])
    }
    await world.audit()
    await world.ended(
      world
        .another({ broker: world.broker })
        .plan({ ...request, order: 'time' })
        .then((plan) => world.another({ broker: world.broker }).run(plan, { confirmed: true, speed: 1 })),
    )
    const times = world.replayed().map(({ timestampMs }) => Number(timestampMs))
    expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual(gapsMs)
  })

  it('stays on time where gaps are shorter than a transaction: what came due meanwhile goes out together', async () => {
    world = { ...world, broker: slow(world.broker, { everyStepMs: 30 }) }
    for (const gapMs of Array.from({ length: 100 }, () => 20)) {
      await world.clock.advance(gapMs)
      await world.publish('orders', 0, [{ ...anOrder('o-1'), timestampMs: BigInt(world.clock.nowMs()) }])
    }
    await world.audit()
    const replay = world.another({ broker: world.broker })
    const plan = await world.ended(replay.plan({ ...request, order: 'time' }))
    await world.ended(replay.run(plan, { confirmed: true, speed: 1 }))
    const times = world.replayed().map(({ timestampMs }) => Number(timestampMs))
    const lateMs = times.map((time, index) => time - (times[0] ?? 0) - index * 20)
    expect(Math.min(...lateMs)).toBe(0)
    expect(Math.max(...lateMs)).toBeLessThanOrEqual(120)
  })

  it('publishes by time where the plan says so, partitions merged', async () => {
    for (const partition of [0, 1, 0, 1]) {
      await world.clock.advance(10)
      await world.publish('orders', partition, [{ ...anOrder('o-1'), timestampMs: BigInt(world.clock.nowMs()) }])
    }
    await world.audit()
    await world.run({ order: 'time' })
    const bySequence = world
      .replayed()
      .toSorted((a, b) => (readReplayMarks(a.headers)?.sequence ?? 0) - (readReplayMarks(b.headers)?.sequence ?? 0))
    expect(bySequence.map(({ partition }) => partition)).toEqual([0, 1, 0, 1])
  })

  it('ends with what the progress callback throws, and can go on', async () => {
    await publishMany()
    const plan = await world.replay.plan(request)
    const thrown = new Error('enough')
    const work = world.replay.run(plan, {
      confirmed: true,
      maxInFlight: page,
      onProgress: () => {
        throw thrown
      },
    })
    expect(await failure(world.ended(work))).toBe(thrown)
    expect(await world.replay.status(plan.replayId)).toMatchObject({ state: 'failed', published: page, note: 'enough' })
    await world.ended(world.replay.run(plan, { confirmed: true }))
    expectAllOnce()
  })
})

/** A broker whose transactions take their time. */
function slow(broker: ReplayWorld['broker'], { everyStepMs }: { readonly everyStepMs: number }): ReplayWorld['broker'] {
  async function slowly<Result>(action: () => Promise<Result>): Promise<Result> {
    await world.clock.sleep(everyStepMs)
    return await action()
  }
  return {
    ...broker,
    createTransactionalProducer(options) {
      const producer = broker.createTransactionalProducer(options)
      return {
        ...producer,
        async begin() {
          const transaction = await producer.begin()
          return {
            ...transaction,
            enlist: (partitions, wait) => slowly(() => transaction.enlist(partitions, wait)),
            commit: () => slowly(() => transaction.commit()),
          }
        },
      }
    },
  }
}

describe('a run whose Kafka does not answer as it should', () => {
  it.each([
    ['stored', true],
    ['lost', false],
  ])('goes on exactly behind a page whose commit was %s without an answer', async (_, stored) => {
    await publishMany()
    const plan = await world.replay.plan(request)
    world.broker.controls.inject({ at: 'transaction-commit', outcome: 'unknown', stored })
    let pages = 0
    const report = await world.ended(
      world.replay.run(plan, {
        confirmed: true,
        maxInFlight: 300,
        onProgress: () => {
          pages += 1
          world.broker.controls.inject({ at: 'transaction-commit', outcome: 'unknown', stored: pages % 2 === 0 })
        },
      }),
    )
    expect(report).toMatchObject({ state: 'completed', published: 1_200 })
    expectAllOnce()
  })

  it('repeats a page that was refused, with a new producer', async () => {
    await publishMany()
    world.broker.controls.inject({ at: 'append', topic: 'orders', outcome: 'failed', times: 3 })
    world.broker.controls.inject({ at: 'append', topic: 'orders', outcome: 'unknown', times: 2 })
    expect(await world.run()).toMatchObject({ state: 'completed', published: 1_200 })
    expectAllOnce()
  })

  it('waits for a broker that is away for a minute', async () => {
    await publishMany()
    const plan = await world.replay.plan(request)
    let wentDown = false
    const work = world.replay.run(plan, {
      confirmed: true,
      maxInFlight: 300,
      onProgress: () => {
        if (wentDown) return
        wentDown = true
        world.broker.controls.goDown()
        world.clock.schedule(60_000, () => world.broker.controls.comeBack())
      },
    })
    expect(await world.ended(work)).toMatchObject({ state: 'completed' })
    expectAllOnce()
  })

  it('goes on when a question fails that passes, and ends when it always does', async () => {
    await publishMany()
    const plan = await world.replay.plan(request)
    let failures = 0
    const forgetful = askedFirst(world.broker, (topics) => {
      if (!topics.includes('orders') || failures === 0) return
      failures -= 1
      throw noLeader()
    })
    let isReached = false
    const failing = (times: number) => ({
      confirmed: true as const,
      ratePerSecond: 100,
      onProgress: ({ published }: ReplayProgress) => {
        if (published !== 300) return
        failures = times
        isReached = true
      },
    })
    const replay = world.another({ broker: forgetful })
    const report = await world.ended(replay.run(plan, failing(3)))
    expect(report).toMatchObject({ state: 'completed', published: 1_200 })
    expectAllOnce()
    expect(isReached).toBe(true)
    expect(failures).toBe(0)

    const again = await world.replay.plan(request)
    const error = await failure(world.ended(replay.run(again, failing(Number.POSITIVE_INFINITY))))
    expect(error).toMatchObject({ code: 'REPLAY_PUBLISH_FAILED', retriable: true })
  })

  it('ends where it is refused for good, and says what is certain', async () => {
    await publishMany()
    const plan = await world.replay.plan(request)
    const forbidden = new BrokerError('orders: not allowed', { code: 'BROKER_AUTHORIZATION', topic: 'orders' })
    let pages = 0
    const work = world.replay.run(plan, {
      confirmed: true,
      maxInFlight: 300,
      onProgress: () => {
        pages += 1
        if (pages === 2) {
          world.broker.controls.inject({
            at: 'append',
            topic: 'orders',
            outcome: 'failed',
            error: forbidden,
            times: 50,
          })
        }
      },
    })
    const error = await failure(world.ended(work))
    expect(error).toMatchObject({
      code: 'REPLAY_PUBLISH_FAILED',
      outcome: 'failed',
      cause: forbidden,
      report: { state: 'failed', published: 600, planned: 1_200 },
    })
    expect(world.replayed()).toHaveLength(600)
  })

  it('sets an entry aside that is larger than its topic takes, and goes on', async () => {
    await publishMany([20, 0])
    const tooLarge = new BrokerError('too large', { code: 'BROKER_RECORD_TOO_LARGE' })
    // The page, then its halves, down to the first record.
    world.broker.controls.inject({ at: 'append', topic: 'orders', outcome: 'failed', error: tooLarge, times: 6 })
    const report = await world.run()
    expect(report).toMatchObject({ state: 'completed', planned: 20, published: 19, failed: 1 })
    const errors = await collected(world.replay.errors(report.replayId))
    expect(errors).toMatchObject([{ topic: 'orders', partition: 0, offset: 0n, code: 'BROKER_RECORD_TOO_LARGE' }])
  })
})

describe('a run whose checkpoints are larger than their topic takes', () => {
  const tooLarge = new BrokerError('the batch has 2000000 bytes', { code: 'BROKER_RECORD_TOO_LARGE' })

  /** From the second page on: the first word of a run tells only that it began. */
  async function failing(transform?: ReplayTransform) {
    await publishMany([40, 0])
    const replay = world.another({ ...(transform && { transforms: { transform } }) })
    const plan = await replay.plan({ ...request, ...(transform && { transform: 'transform' }) })
    let takeBack = (): void => undefined
    const onProgress = (): void => {
      const topic = 'ledgerbus-replay-checkpoints'
      // More often than it may ask: for the halves of a page of ten, and for one entry that is set aside.
      takeBack = world.broker.controls.inject({ at: 'append', topic, outcome: 'failed', error: tooLarge, times: 50 })
    }
    const error = await failure(world.ended(replay.run(plan, { confirmed: true, maxInFlight: 10, onProgress })))
    takeBack()
    return { error, replay, replayId: plan.replayId }
  }

  const pages: readonly { readonly what: string; readonly transform?: ReplayTransform }[] = [
    { what: 'are published' },
    { what: 'are left out', transform: ({ record }) => (record.offset < 10n ? {} : null) },
    {
      what: 'failed',
      transform({ record }) {
        if (record.offset < 10n) return {}
        throw new Error('no way')
      },
    },
  ]

  it.each(pages)(
    'ends at the first entry that cannot be told: in a page of entries that $what',
    async ({ transform }) => {
      const { error } = await failing(transform)
      expect(error).toMatchObject({
        code: 'REPLAY_PUBLISH_FAILED',
        outcome: 'failed',
        message: expect.stringMatching(
          /^10 of 40 published for certain, none in doubt; .*ledgerbus-replay-checkpoints.*orders\/0\/10.*2000000 bytes.*max\.message\.bytes/u,
        ) as unknown,
        report: { state: 'failed', published: 10, failed: 0, leftOut: 0 },
      })
      expect((error.cause as Error).cause).toBe(tooLarge)
      expect(world.replayed()).toHaveLength(10)
    },
  )

  it('goes on where it was once the topic takes them', async () => {
    const { replay, replayId } = await failing()
    const report = await world.ended(replay.run(replayId, { confirmed: true }))
    expect(report).toMatchObject({ state: 'completed', published: 40, publishedNow: 30, failed: 0 })
    expectAllOnce()
  })
})

describe('a run whose log does not answer as it should', () => {
  function logThatBreaks(times: number, retriable: boolean): AuditLogReader {
    let left = times
    return {
      ...world.auditLog,
      async *readByOffset(selection, options) {
        let count = 0
        for await (const entry of world.auditLog.readByOffset(selection, options)) {
          if (count === 350 && left > 0) {
            left -= 1
            throw new BrokerError('the log went away', { code: 'BROKER_UNREACHABLE', retriable })
          }
          count += 1
          yield entry
        }
      },
    }
  }

  it('goes on behind the last page when it answers again', async () => {
    await publishMany()
    const replay = world.another({ auditLog: logThatBreaks(3, true) })
    const plan = await replay.plan(request)
    const report = await world.ended(replay.run(plan, { confirmed: true, maxInFlight: 100 }))
    expect(report).toMatchObject({ state: 'completed', published: 1_200 })
    expectAllOnce()
  })

  it('ends when it refuses, with what is certain', async () => {
    await publishMany()
    const replay = world.another({ auditLog: logThatBreaks(1, false) })
    const plan = await replay.plan(request)
    const error = await failure(world.ended(replay.run(plan, { confirmed: true, maxInFlight: 100 })))
    expect(error).toMatchObject({ code: 'REPLAY_READ_FAILED', report: { state: 'failed', published: 300 } })
    expect(await world.replay.status(plan.replayId)).toMatchObject({ state: 'failed', published: 300 })
  })

  it('says so when it holds fewer entries than were planned', async () => {
    await publishMany()
    const plan = await world.replay.plan(request)
    const erasure = await world.auditLog.planErasure({ entityType: 'order', entityId: 'o-0-3' })
    await world.auditLog.erase(erasure, { reason: 'asked for', by: 'ada' })
    const error = await failure(world.ended(world.replay.run(plan, { confirmed: true })))
    expect(error).toMatchObject({ code: 'REPLAY_COUNT_MISMATCH', report: { published: 1_100, planned: 1_200 } })
  })
})

describe('a run that is interrupted', () => {
  it('ends after the page in flight, and a later one goes on behind it', async () => {
    await publishMany()
    const plan = await world.replay.plan(request)
    const abort = new AbortController()
    const interrupted = await world.ended(
      world.replay.run(plan, {
        confirmed: true,
        maxInFlight: 300,
        signal: abort.signal,
        onProgress: () => abort.abort(new Error('SIGINT')),
      }),
    )
    expect(interrupted).toMatchObject({ state: 'interrupted', published: 300, publishedNow: 300 })
    expect(await world.replay.status(plan.replayId)).toMatchObject({ state: 'paused', note: 'interrupted' })
    const rest = await world.ended(world.another().run(plan.replayId, { confirmed: true }))
    expect(rest).toMatchObject({ state: 'completed', published: 1_200, publishedNow: 900 })
    expectAllOnce()
  })

  it('ends when the replay is closed, and afterwards nothing begins', async () => {
    await publishMany()
    const plan = await world.replay.plan(request)
    const work = world.replay.run(plan, { confirmed: true, ratePerSecond: 10 })
    await world.clock.advance(3_000)
    const closed = world.replay.close()
    expect(await world.ended(work)).toMatchObject({ state: 'interrupted' })
    await closed
    await expect(world.replay.run(plan, { confirmed: true })).rejects.toMatchObject({ code: 'REPLAY_CLOSED' })
  })
})

describe('a run after one that was killed', () => {
  it('does not wait for what that one left open: it takes over, which ends it', async () => {
    await publishMany()
    const plan = await world.replay.plan(request)
    const broker = dyingInCommit(world.broker)
    const killed = world.another({ broker }).run(plan, { confirmed: true, maxInFlight: 300 })
    await expect(world.ended(killed)).rejects.toThrow(Killed)
    expect(world.replayed()).toEqual([])

    const startedMs = world.clock.monotonicMs()
    const report = await world.ended(world.another().run(plan.replayId, { confirmed: true }))
    expect(report).toMatchObject({ state: 'completed', published: 1_200 })
    expectAllOnce()
    expect(world.clock.monotonicMs() - startedMs).toBeLessThan(5_000)
  })

  /** A process that dies when it is about to commit its first page. */
  function dyingInCommit(broker: ReplayWorld['broker']): ReplayWorld['broker'] {
    let pages = 0
    let isDead = false
    return {
      ...broker,
      createTransactionalProducer(options) {
        const producer = broker.createTransactionalProducer(options)
        return {
          ...producer,
          async close() {
            if (isDead) throw new Killed()
            await producer.close()
          },
          async begin() {
            const transaction = await producer.begin()
            return {
              ...transaction,
              async commit() {
                pages += 1
                // The first one says that it took over.
                if (pages === 1) return await transaction.commit()
                isDead = true
                throw new Killed()
              },
            }
          },
        }
      },
    }
  }
})

describe('entries in their newest version', () => {
  const newest = defineEvent('order.created', {
    version: 3,
    description: 'A new order was placed',
    topic: 'orders',
    payload: { after: z.object({ cents: z.int().min(0) }) },
    upcast: {
      2: ({ after }) => {
        const { total } = z.object({ total: z.number() }).parse(after)
        if (total === 13) throw new Error('unlucky')
        return { after: { cents: total * 100 } }
      },
    },
  })

  it('are upcast and validated; those that fail stand in the errors', async () => {
    await world.publish('orders', 0, [
      anOrder('o-1', { version: 2, total: 12 }),
      anOrder('o-2', { version: 2, total: 13 }),
      anOrder('o-3', { version: 1, total: 12 }),
      anOrder('o-4', { version: 2, total: -1 }),
      aRecord({ key: 'o-5', value: null }),
    ])
    await world.audit()
    const replay = world.another({ events: [newest] })
    const plan = await replay.plan({ ...request, content: 'latest' })
    expect(plan.check).toMatchObject({ notUpcast: 2, invalid: 1 })
    const report = await world.ended(replay.run(plan, { confirmed: true }))
    expect(report).toMatchObject({ state: 'completed', published: 2, failed: 3 })

    const [upcast, tombstone] = world.replayed()
    const [original] = world.broker.controls.records('orders')
    const published = decodeEnvelope(original?.value ?? new Uint8Array())
    expect(JSON.parse(textOf(upcast?.value ?? null) ?? '')).toEqual({
      ...toWireEnvelope(published),
      version: 3,
      payload: { after: { cents: 1_200 } },
    })
    expect(textOf(upcast?.key ?? null)).toBe('o-1')
    expect(tombstone?.value).toBeNull()
    const errors = await collected(replay.errors(plan.replayId))
    expect(errors.map(({ offset, code }) => [offset, code])).toEqual([
      [1n, 'EVENT_UPCAST_FAILED'],
      [2n, 'EVENT_VERSION_UNKNOWN'],
      [3n, 'EVENT_INVALID'],
    ])
    expect(JSON.stringify(errors.map(({ message }) => message))).not.toContain('unlucky')
  })

  /** A value as a schema registry's clients frame it, and the event that it holds. */
  function framed(format: 'confluent-json' | 'confluent-avro', { version = 2, total = 12 } = {}): Encoded {
    const { value } = anOrder('o-7', { version, total })
    const envelope = decodeEnvelope(value ?? new Uint8Array())
    const decoded = JSON.stringify(toWireEnvelope(envelope))
    return {
      value: Uint8Array.of(0, 0, 0, 0, 7, ...(value ?? [])),
      reading: { status: 'ok', envelope, format, decoded },
    }
  }

  interface Encoded {
    readonly value: Uint8Array | null
    readonly reading?: AuditReading
  }

  const json = (options: { readonly version: number; readonly total?: number; readonly name?: string }): Encoded => ({
    value: anOrder('o-7', options).value,
  })
  const ofNewest = { name: 'order.created', version: 3 }
  /** The problem that a plan counts one of them under; absent: it fits. */
  type Encoding = readonly [what: string, encoded: Encoded, step?: keyof ReplayCheck]
  const encodings: readonly Encoding[] = [
    ['JSON of an older version', json({ version: 2 })],
    [
      'JSON of the newest version',
      { value: encodeEnvelope(anEnvelope({ ...ofNewest, payload: { after: { cents: 5 } } })) },
    ],
    ['JSON of the newest version that does not fit', json({ version: 3, total: 1 }), 'invalid'],
    ['JSON that does not fit once it is upcast', json({ version: 2, total: -1 }), 'invalid'],
    ['JSON that no upcaster leads on from', json({ version: 1 }), 'notUpcast'],
    ['JSON that an upcaster fails on', json({ version: 2, total: 13 }), 'notUpcast'],
    ['JSON of an event without definition', json({ version: 2, name: 'order.returned' }), 'unknown'],
    ['no JSON', { value: new TextEncoder().encode('{') }, 'undecodable'],
    ['a tombstone', { value: null }],
    ['JSON framed by a registry', framed('confluent-json'), 'framed'],
    ['JSON framed by a registry, of the newest version', framed('confluent-json', { version: 3 }), 'framed'],
    ['Avro', framed('confluent-avro'), 'framed'],
    ['Avro of no version that is read', framed('confluent-avro', { version: 1 }), 'framed'],
    ['a frame whose schema nobody knew', { value: Uint8Array.of(0, 0, 0, 0, 9, 1, 2, 3) }, 'framed'],
  ]

  async function replayOf(encoded: readonly Encoded[]): Promise<Replay> {
    await world.publish(
      'orders',
      0,
      encoded.map(({ value }) => ({ ...aRecord({ key: 'o-7' }), value })),
    )
    await world.audit(({ offset }) => encoded[Number(offset)]?.reading)
    return world.another({ events: [newest] })
  }

  it.each(encodings.map(([what, encoded, step]) => ({ what, encoded, step })))(
    'are counted by the plan as the run ends with them: $what',
    async ({ encoded, step }) => {
      // Beside one that fits: a plan of which nothing can be published is refused.
      const replay = await replayOf([encoded, json({ version: 2 })])
      const plan = await replay.plan({ ...request, content: 'latest' })
      const none = { framed: 0, undecodable: 0, unknown: 0, notUpcast: 0, invalid: 0 }
      expect(plan.check).toMatchObject({ entries: 2, ...none, ...(step && { [step]: 1 }) })

      const report = await world.ended(replay.run(plan, { confirmed: true }))
      const failed = step === undefined ? 0 : 1
      expect(report).toMatchObject({ state: 'completed', published: 2 - failed, failed })
      // The same entries for the same reasons, in the same words.
      const errors = await collected(replay.errors(plan.replayId))
      expect(errors.map(({ offset, message }) => [offset, message])).toEqual(
        plan.check?.samples.map(({ offset, problem }) => [offset, problem]),
      )
      // And whatever was published, whoever reads JSON reads in the newest version.
      for (const { value } of world.replayed()) {
        if (value !== null) expect(decodeEnvelope(value).version).toBe(3)
      }
    },
  )

  it('are the same to plan and run all together, from the log and from Kafka', async () => {
    const replay = await replayOf(encodings.map(([, encoded]) => encoded))
    for (const readFrom of ['log', 'kafka'] as const) {
      const plan = await replay.plan({ ...request, topics: ['orders'], content: 'latest', readFrom })
      const { framed: ofRegistry, undecodable, unknown, notUpcast, invalid } = plan.check ?? {}
      expect({ ofRegistry, undecodable, unknown, notUpcast, invalid }).toEqual({
        ofRegistry: 5,
        undecodable: 1,
        unknown: 1,
        notUpcast: 2,
        invalid: 2,
      })
      expect(plan.warnings).toContain(
        'encoded by a schema registry (only their stored bytes can be published): 5; a run cannot bring them to the newest version and lists them as errors',
      )
      const report = await world.ended(replay.run(plan, { confirmed: true }))
      expect(report).toMatchObject({ published: 3, failed: 11 })
    }
  })

  it('are refused before anything is published where a registry encoded all of them, and go out as they are stored', async () => {
    const encoded = [framed('confluent-avro'), framed('confluent-json')]
    const replay = await replayOf(encoded)
    const plan = await replay.plan({ ...request, content: 'latest' })
    const error = await failure(world.ended(replay.run(plan, { confirmed: true })))
    expect(error).toMatchObject({
      code: 'REPLAY_REQUEST_INVALID',
      message: expect.stringMatching(/encoded all 2 entries.*plan again with content 'stored'/u) as unknown,
    })
    expect(world.replayed()).toEqual([])

    const stored = await replay.plan(request)
    expect(stored.check).toMatchObject({ entries: 2, unknown: 0, notUpcast: 0, invalid: 0, undecodable: 0 })
    expect(stored.check?.framed).toBeUndefined()
    await world.ended(replay.run(stored, { confirmed: true }))
    expect(world.replayed().map(({ value }) => value)).toEqual(encoded.map(({ value }) => value))
  })

  it('are no larger than an event may be, also when a default makes them so', async () => {
    const growing = defineEvent('order.created', {
      version: 2,
      description: 'A new order was placed',
      topic: 'orders',
      payload: { after: z.object({ total: z.number(), note: z.string().default('x'.repeat(1_000_001)) }) },
    })
    await world.publish('orders', 0, [anOrder('o-1', { version: 2 }), aRecord({ key: 'o-1', value: null })])
    await world.audit()
    const replay = world.another({ events: [growing] })
    const plan = await replay.plan({ ...request, content: 'latest' })
    expect(plan.check).toMatchObject({ invalid: 1 })
    expect(await world.ended(replay.run(plan, { confirmed: true }))).toMatchObject({ published: 1, failed: 1 })
    const [error] = await collected(replay.errors(plan.replayId))
    expect(error?.message).toMatch(/^its newest version cannot be written: .*at most 1000000/u)
  })
})

describe('entries that cannot be published as asked', () => {
  const transforms = {
    'keep-some': ({ record }: { readonly record: { readonly offset: bigint } }) => {
      if (record.offset % 10n === 3n) return null
      if (record.offset % 10n === 7n) throw new Error('no way')
      return { headers: [{ name: 'kept', value: null }] }
    },
  }

  it('are left out, or set aside, one by one', async () => {
    await publishMany([100, 0])
    const replay = world.another({ transforms })
    const plan = await replay.plan({ ...request, transform: 'keep-some' })
    const report = await world.ended(replay.run(plan, { confirmed: true }))
    expect(report).toMatchObject({ state: 'completed', planned: 100, published: 80, failed: 10, leftOut: 10 })
    const errors = await collected(replay.errors(plan.replayId))
    expect(errors.map(({ offset }) => offset % 10n)).toEqual(Array.from({ length: 10 }, () => 7n))
    expect(errors[0]).toMatchObject({ code: 'REPLAY_ENTRY_REFUSED', message: 'no way', topic: 'orders' })
    expect(world.replayed()[0]?.headers[0]?.name).toBe('kept')
  })

  it('are never published unchanged because a transform answered something else', async () => {
    await publishMany([6, 0])
    const answers: readonly (() => unknown)[] = [
      () => Promise.resolve({ value: null }),
      () => Promise.reject(new Error('no way')),
      () => undefined,
      () => ({ value: 'secret' }),
      () => ({ headers: [{ name: 'a' }] }),
      () => ({}),
    ]
    const careless = ({ record }: { readonly record: { readonly offset: bigint } }) =>
      answers[Number(record.offset)]?.()
    const replay = world.another({ transforms: { careless: careless as ReplayTransform } })
    const plan = await replay.plan({ ...request, transform: 'careless' })
    const report = await world.ended(replay.run(plan, { confirmed: true }))
    expect(report).toMatchObject({ state: 'completed', published: 1, failed: 5 })
    expect(world.replayed().map((record) => readReplayMarks(record.headers)?.of.offset)).toEqual([5n])
    const errors = await collected(replay.errors(plan.replayId))
    expect(errors.map(({ offset, code, message }) => [offset, code, message])).toEqual(
      ['a promise', 'a promise', 'undefined', 'value: bytes', 'headers[0].value: bytes'].map((what, offset) => [
        BigInt(offset),
        'REPLAY_ENTRY_REFUSED',
        expect.stringContaining(what),
      ]),
    )
  })

  it('stand in one partition for each key that a transform gave, also when the topic grows in the middle', async () => {
    await publishMany()
    const byCustomer = { 'by-customer': () => ({ key: new TextEncoder().encode('customer-7') }) }
    let failures = 0
    const forgetful = askedFirst(world.broker, (topics) => {
      if (!topics.includes('orders') || failures === 0) return
      failures -= 1
      throw noLeader()
    })
    const replay = world.another({ broker: forgetful, transforms: byCustomer })
    const plan = await replay.plan({ ...request, transform: 'by-customer' })
    let hasGrown = false
    // While nothing is known of lag it goes on no longer than a moment; then it would take the replay over anew.
    const onProgress = (): void => {
      if (hasGrown) return
      hasGrown = true
      world.broker.controls.addPartitions('orders', 50)
      failures = 12
    }
    const work = replay.run(plan, { confirmed: true, ratePerSecond: 100, onProgress })
    expect(await failure(world.ended(work))).toMatchObject({
      code: 'REPLAY_PREMISES_CHANGED',
      report: { state: 'failed', planned: 1_200 },
    })
    expect(hasGrown).toBe(true)
    expect(world.replayed().length).toBeGreaterThan(0)
    expect(new Set(world.replayed().map(({ partition }) => partition)).size).toBe(1)
  })

  it('fail also with what was thrown and is no error, not even a text', async () => {
    await publishMany([2, 0])
    const throwing = ({ record }: { readonly record: { readonly offset: bigint } }) => {
      throw record.offset === 0n ? Object.create(null) : 'no way'
    }
    const replay = world.another({ transforms: { throwing } })
    const plan = await replay.plan({ ...request, transform: 'throwing' })
    expect(await world.ended(replay.run(plan, { confirmed: true }))).toMatchObject({ state: 'completed', failed: 2 })
    const errors = await collected(replay.errors(plan.replayId))
    expect(errors.map(({ message }) => message)).toEqual(['an object was thrown that is no error', 'no way'])
  })

  it('end the run when they are more than may be', async () => {
    await publishMany([100, 0])
    const replay = world.another({ transforms })
    const plan = await replay.plan({ ...request, transform: 'keep-some' })
    const work = replay.run(plan, { confirmed: true, maxErrors: 4, maxInFlight: 10 })
    expect(await failure(world.ended(work))).toMatchObject({
      code: 'REPLAY_TOO_MANY_ERRORS',
      report: { failed: 5, published: 38 },
    })
  })
})

describe('live records first', () => {
  it('waits while a target group with members lags too far behind', async () => {
    await publishMany()
    await world.admin.setGroupOffsets('billing', [{ topic: 'orders', partition: 0, offset: 1n as NextOffset }])
    const member = world.broker.createConsumer({ groupId: 'billing', topics: ['orders'] })
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    await member.start({
      async deliver(batch) {
        await held
        await member.commit([{ ...batch, offset: batch.nextOffset }])
      },
    })
    const plan = await world.replay.plan(request)
    const waits: string[] = []
    const work = world.replay.run(plan, {
      confirmed: true,
      maxLag: 100,
      onProgress: ({ waitingFor }) => {
        if (waitingFor !== undefined) waits.push(waitingFor)
      },
    })
    await world.clock.advance(20_000)
    expect(world.replayed()).toEqual([])
    expect(waits[0]).toMatch(/group billing, which lags \d+ records behind/)
    expect(await world.replay.status(plan.replayId)).toMatchObject({ state: 'running', published: 0 })
    release()
    expect(await world.ended(work)).toMatchObject({ state: 'completed' })
    await member.close()
  })
})
