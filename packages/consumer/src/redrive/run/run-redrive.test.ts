import { type Broker, BrokerError, headerText } from '@ledgerbus/core'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  aRedriveWorld,
  deadLetterTopic,
  failedAgain,
  lane,
  originsOf,
  type RedriveWorld,
  source,
} from '../../../test/redrive-world.ts'
import { RedriveError } from '../redrive-error.ts'

let world: RedriveWorld

beforeEach(async () => {
  world = await aRedriveWorld()
})

const request = { deadLetterTopic } as const

async function redriveAll(more = {}) {
  return world.redrive.run(await world.redrive.plan({ ...request, ...more }))
}

describe('a redrive', () => {
  it('gives each dead letter back once, with the bytes that failed, to the partition it came from', async () => {
    await world.setAside({ offset: 7, partition: 2 }, { offset: 8, partition: 2, key: null })
    const report = await redriveAll({ reason: 'bug 42 is fixed' })

    expect(report).toMatchObject({ state: 'completed', planned: 2, redriven: 2, skipped: 0, failed: 0 })
    const letters = world.broker.controls.records(deadLetterTopic)
    const redriven = world.redriven()
    expect(redriven.map(({ partition }) => partition)).toEqual([2, 2])
    expect(redriven.map(({ key, value }) => ({ key, value }))).toEqual(
      letters.map(({ key, value }) => ({ key, value })),
    )
    const [first] = redriven
    expect(
      Object.fromEntries((first?.headers ?? []).map(({ name }) => [name, headerText(first?.headers ?? [], name)])),
    ).toEqual({
      own: 'header 7',
      'lb-dlq-schema': '1',
      'lb-first-failed-at': '2026-01-31T12:00:00.000Z',
      'lb-origin-topic': source,
      'lb-origin-partition': '2',
      'lb-origin-offset': '7',
      'lb-origin-timestamp': '7',
      'lb-origin-group': 'billing',
      'lb-handler': 'charge',
      'lb-redrive-id': report.redriveId,
      'lb-redrive-count': '1',
      'lb-redrive-of': `${deadLetterTopic}/2/0`,
    })
  })

  it('leaves the dead letters where they are, and notes what became of them', async () => {
    await world.setAside({ offset: 1 })
    await redriveAll()
    expect(world.broker.controls.records(deadLetterTopic)).toHaveLength(1)
    const [note] = world.broker.controls.records(`${deadLetterTopic}.state`)
    expect(new TextDecoder().decode(note?.key ?? undefined)).toBe('0/0')
    expect(JSON.parse(new TextDecoder().decode(note?.value ?? undefined))).toMatchObject({ status: 'redriven' })
  })

  it('gives back the oldest record of a key first, also where it failed again and so stands behind the others', async () => {
    await world.setAside({ offset: 5, key: 'k' })
    await redriveAll()
    const [redriven] = world.redriven()
    if (redriven === undefined) throw new Error('nothing was redriven')
    await world.append(deadLetterTopic, 0, [failedAgain(redriven, world.clock.nowMs())])
    await world.end(redriven, 'failed-again')
    await world.setAside({ offset: 9, key: 'k' }, { offset: 7, key: 'k' })

    await redriveAll({ statuses: ['pending', 'failed-again'] })

    expect(originsOf(world.redriven())).toEqual([5, 5, 7, 9])
  })

  it('run twice gives nothing twice', async () => {
    await world.setAside({ offset: 1 }, { offset: 2 })
    const plan = await world.redrive.plan(request)
    await world.redrive.run(plan)
    const again = await world.redrive.run(plan)
    const planned = await world.redrive.plan(request)

    expect(again).toMatchObject({ state: 'completed', redriven: 0, skipped: 2 })
    expect(again.letters.map(({ reason }) => reason)).toEqual([
      'redriven by this run before',
      'redriven by this run before',
    ])
    expect(planned.counts.letters).toBe(0)
    expect(planned.left).toEqual({ redriven: 2 })
    expect((await world.redrive.run(planned)).state).toBe('empty')
    expect(world.redriven()).toHaveLength(2)
  })

  it('skips what was resolved or discarded after it was planned', async () => {
    await world.setAside({ offset: 1 }, { offset: 2 }, { offset: 3 })
    const plan = await world.redrive.plan(request)
    await world.redrive.discard(await world.redrive.plan({ ...request, letters: ['0/0'] }), { reason: 'a test order' })
    await world.redrive.run(await world.redrive.plan({ ...request, letters: ['0/1'] }))
    for (const record of world.redriven()) await world.end(record, 'resolved')

    const report = await world.redrive.run(plan)

    expect(report.letters.map(({ outcome, reason }) => reason ?? outcome)).toEqual([
      'discarded',
      'resolved',
      'redriven',
    ])
    expect(originsOf(world.redriven())).toEqual([2, 3])
  })

  it('has a record handled anew only when told to', async () => {
    await world.setAside({ offset: 1 })
    await redriveAll({ again: true })
    expect(headerText(world.redriven()[0]?.headers ?? [], 'lb-redrive-again')).toBe('true')
  })

  it('keeps to a rate', async () => {
    await world.setAside(...Array.from({ length: 40 }, (_, offset) => ({ offset })))
    const plan = await world.redrive.plan(request)
    const running = world.redrive.run(plan, { ratePerSecond: 10 })
    await world.clock.advance(2_000)
    expect(world.redriven().length).toBeGreaterThanOrEqual(18)
    expect(world.redriven().length).toBeLessThanOrEqual(24)
    await world.clock.advance(2_000)
    expect(await running).toMatchObject({ redriven: 40 })
  })

  it('ends after the page in flight when interrupted, and goes on when run again', async () => {
    await world.setAside(...Array.from({ length: 10 }, (_, offset) => ({ offset })))
    const plan = await world.redrive.plan(request)
    const abort = new AbortController()
    const report = await world.redrive.run(plan, {
      ratePerSecond: 20,
      signal: abort.signal,
      onProgress: () => {
        abort.abort()
      },
    })
    expect(report).toMatchObject({ state: 'interrupted', redriven: 4 })
    expect(await world.another().run(plan)).toMatchObject({ state: 'completed', redriven: 6, skipped: 4 })
    expect(originsOf(world.redriven())).toEqual(Array.from({ length: 10 }, (_, offset) => offset))
  })

  it('says of a letter that is gone that it failed, and gives the others', async () => {
    await world.setAside({ offset: 1 }, { offset: 2 })
    const plan = await world.redrive.plan(request)
    world.broker.controls.deleteRecords({ topic: deadLetterTopic, partition: 0 }, 1n)
    const report = await world.redrive.run(plan)
    expect(report).toMatchObject({ redriven: 1, failed: 1 })
    expect(report.letters[0]).toMatchObject({
      offset: '0',
      outcome: 'failed',
      reason: 'it is gone: deleted, or expired',
    })
  })
})

describe('dead letters that were redriven three times', () => {
  const thrice = { 'lb-redrive-count': '3', 'lb-redrive-id': 'r-3', 'lb-redrive-of': 'elsewhere/0/1' }

  it('are parked with their headers, and noted', async () => {
    await world.setAside({ offset: 1, headers: thrice })
    const plan = await world.redrive.plan({ ...request, statuses: ['failed-again'] })
    expect(plan.destinations).toEqual([
      { topic: `${deadLetterTopic}.parked`, kind: 'parked', letters: 1, partitions: 0 },
    ])
    expect(await world.redrive.run(plan)).toMatchObject({ parked: 1, redriven: 0 })

    expect(world.redriven()).toEqual([])
    const [parked] = world.broker.controls.records(`${deadLetterTopic}.parked`)
    const [letter] = world.broker.controls.records(deadLetterTopic)
    expect(parked?.headers).toEqual(letter?.headers)
    expect(await world.redrive.count(request)).toMatchObject({ byStatus: { parked: 1 } })
  })

  it('are redriven with force and a reason, also once they are parked', async () => {
    await world.setAside({ offset: 1, headers: thrice })
    await redriveAll({ statuses: ['failed-again'] })
    const parked = { deadLetterTopic: `${deadLetterTopic}.parked`, statuses: ['failed-again'] } as const

    await expect(world.redrive.plan(parked)).rejects.toMatchObject({ code: 'REDRIVE_REQUEST_INVALID' })
    await expect(world.redrive.plan({ ...parked, force: true })).rejects.toThrow(/reason: needed/u)
    await world.redrive.run(await world.redrive.plan({ ...parked, force: true, reason: 'mended at last' }))

    const [redriven] = world.redriven()
    expect(headerText(redriven?.headers ?? [], 'lb-redrive-count')).toBe('4')
    expect(headerText(redriven?.headers ?? [], 'lb-redrive-of')).toBe(`${deadLetterTopic}.parked/0/0`)
  })
})

describe('a redrive to the origin', () => {
  it('needs the topic among those allowed, and shows who sees the records', async () => {
    await world.setAside({ offset: 1 })
    const toOrigin = { ...request, to: 'origin' } as const
    await expect(world.redrive.plan(toOrigin)).rejects.toMatchObject({ code: 'REDRIVE_ORIGIN_NOT_ALLOWED' })

    const allowed = world.another({ originTopics: [source] })
    const admin = world.broker.createAdmin()
    await admin.start()
    await admin.setGroupOffsets('shipping', [{ topic: source, partition: 0, offset: 0n as never }])
    const plan = await allowed.plan(toOrigin)
    expect(plan.seenBy).toEqual([
      { groupId: 'billing', failed: true, members: 0 },
      { groupId: 'shipping', failed: false, members: 0 },
    ])
    await allowed.run(plan)
    expect(world.redriven()).toEqual([])
    const [record] = world.redriven(source)
    expect(headerText(record?.headers ?? [], 'lb-handler')).toBeUndefined()
    expect(headerText(record?.headers ?? [], 'lb-redrive-of')).toBe(`${deadLetterTopic}/0/0`)
  })
})

describe('a redrive whose letters fail again', () => {
  /** Ends what was redriven, whenever the run looks. */
  function endEvery(share: number): () => Promise<void> {
    let seen = 0
    return async () => {
      const records = world.redriven()
      for (; seen < records.length; seen += 1) {
        const record = records[seen]
        if (record !== undefined) await world.end(record, seen % 20 < share * 20 ? 'failed-again' : 'resolved')
      }
    }
  }

  async function runWithGroup(share: number) {
    const consumer = world.broker.createConsumer({ groupId: 'billing', topics: [lane] })
    await consumer.start({ deliver: async () => undefined })
    await world.setAside(...Array.from({ length: 200 }, (_, offset) => ({ offset })))
    const plan = await world.redrive.plan(request)
    const end = endEvery(share)
    const running = world.redrive.run(plan).then(
      (report) => ({ report, error: undefined }),
      (error: unknown) => ({ report: undefined, error }),
    )
    for (let round = 0; round < 40; round += 1) {
      await end()
      await world.clock.advance(250)
    }
    await consumer.close()
    return await running
  }

  it('stops when a fifth of the first fifty did', async () => {
    const { error } = await runWithGroup(0.25)
    expect(error).toBeInstanceOf(RedriveError)
    expect(error).toMatchObject({ code: 'REDRIVE_FAILING_AGAIN', report: { state: 'stopped', redriven: 50 } })
    expect(world.redriven()).toHaveLength(50)
  })

  it('goes on while fewer did', async () => {
    const { report } = await runWithGroup(0.1)
    expect(report).toMatchObject({ state: 'completed', redriven: 200 })
  })

  it('is not held up by a group that tells nothing', async () => {
    const consumer = world.broker.createConsumer({ groupId: 'billing', topics: [lane] })
    await consumer.start({ deliver: async () => undefined })
    await world.setAside(...Array.from({ length: 120 }, (_, offset) => ({ offset })))
    const running = world.redrive.run(await world.redrive.plan(request), { patienceMs: 5_000 })
    await world.clock.advance(4_000)
    expect(world.redriven()).toHaveLength(50)
    await world.clock.advance(2_000)
    expect(await running).toMatchObject({ redriven: 120 })
    await consumer.close()
  })
})

describe('a redrive in trouble', () => {
  beforeEach(async () => {
    await world.setAside(...Array.from({ length: 5 }, (_, offset) => ({ offset })))
  })

  it.each([true, false])('settles a commit that was not answered, stored: %s', async (stored) => {
    world.broker.controls.inject({ at: 'transaction-commit', outcome: 'unknown', stored })
    const running = world.redrive.run(await world.redrive.plan(request))
    await world.clock.advance(60_000)
    expect(await running).toMatchObject({ state: 'completed', redriven: 5, skipped: 0, unknown: 0 })
    expect(originsOf(world.redriven())).toEqual([0, 1, 2, 3, 4])
  })

  it('says what is in doubt when the broker never answers', async () => {
    world.broker.controls.inject({ at: 'transaction-commit', outcome: 'unknown', stored: false, times: 100 })
    const running = world.redrive.run(await world.redrive.plan(request)).catch((error: unknown) => error)
    await world.clock.advance(600_000)
    expect(await running).toMatchObject({
      code: 'REDRIVE_PUBLISH_UNKNOWN',
      report: { state: 'stopped', redriven: 0, unknown: 5 },
    })
  })

  it('stops when another run takes over, and nothing goes out twice', async () => {
    const plan = await world.redrive.plan(request)
    let other: Promise<unknown> | undefined
    const first = world.redrive.run(plan, {
      ratePerSecond: 10,
      onProgress: () => {
        other ??= world
          .another()
          .plan(request)
          .then((second) => world.another().run(second))
      },
    })
    const ended = first.catch((error: unknown) => error)
    await world.clock.advance(10_000)
    expect(await ended).toMatchObject({ code: 'REDRIVE_FENCED' })
    expect(await other).toMatchObject({ state: 'completed' })
    expect(originsOf(world.redriven())).toEqual([0, 1, 2, 3, 4])
  })

  it('sets a letter apart that its topic does not take, holds those of its key behind it, and gives the others', async () => {
    await world.setAside({ offset: 9, key: 'o-2' }, { offset: 10, key: 'o-2' })
    const refusing = world.another({ broker: refusingLargeRecords(world.broker, 2) })
    const running = refusing.run(await world.redrive.plan(request))
    await world.clock.advance(60_000)
    const { letters } = await running

    const outcomes = Object.fromEntries(letters.map(({ offset, outcome }) => [offset, outcome]))
    expect(outcomes).toEqual({
      0: 'redriven',
      1: 'redriven',
      2: 'failed',
      3: 'redriven',
      4: 'redriven',
      5: 'skipped',
      6: 'skipped',
    })
    expect(originsOf(world.redriven())).toEqual([0, 1, 3, 4])
    expect((await world.redrive.plan(request)).counts.letters).toBe(3)
  })

  it('refuses a plan that was altered, one of topics made anew, and a group without a redrive topic', async () => {
    const plan = await world.redrive.plan(request)
    await expect(world.redrive.run({ ...plan, again: true })).rejects.toMatchObject({ code: 'REDRIVE_PLAN_ALTERED' })

    const admin = world.broker.createAdmin()
    await admin.start()
    await admin.deleteTopics([lane])
    await expect(world.redrive.run(plan)).rejects.toMatchObject({ code: 'REDRIVE_LANE_UNKNOWN' })
    expect((await world.redrive.plan(request)).warnings[0]).toMatch(/does not exist/u)

    await admin.deleteTopics([deadLetterTopic])
    await expect(world.redrive.run(plan)).rejects.toMatchObject({ code: 'REDRIVE_TOPIC_UNKNOWN' })
    await admin.createTopics([{ name: deadLetterTopic, partitions: 3 }])
    await expect(world.redrive.run(plan)).rejects.toMatchObject({ code: 'REDRIVE_PLAN_STALE' })
    await expect(world.redrive.plan({ deadLetterTopic: 'nowhere.dlq' })).rejects.toMatchObject({
      code: 'REDRIVE_TOPIC_UNKNOWN',
    })
  })

  it('takes a plan that went through JSON', async () => {
    const plan = JSON.parse(JSON.stringify(await world.redrive.plan(request))) as Awaited<
      ReturnType<typeof world.redrive.plan>
    >
    expect(await world.redrive.run(plan)).toMatchObject({ redriven: 5 })
  })

  it('ends what runs when it is closed, and begins nothing afterwards', async () => {
    const running = world.redrive.run(await world.redrive.plan(request), { ratePerSecond: 1 })
    await world.clock.advance(1_000)
    await world.redrive.close()
    expect(await running).toMatchObject({ state: 'interrupted' })
    await expect(world.redrive.plan(request)).rejects.toMatchObject({ code: 'REDRIVE_CLOSED' })
  })
})

describe('letters whose end was never told', () => {
  it('are redriven again by the id of the run, once, also when that is run again', async () => {
    await world.setAside({ offset: 1 }, { offset: 2 })
    const lost = await redriveAll()
    const [first] = world.redriven()
    if (first !== undefined) await world.end(first, 'resolved')

    const unanswered = { ...request, unanswered: lost.redriveId, reason: 'the redrive topic was deleted' }
    expect(await redriveAll(unanswered)).toMatchObject({ redriven: 1 })
    expect((await world.redrive.plan(unanswered)).counts.letters).toBe(0)
    expect(originsOf(world.redriven())).toEqual([1, 2, 2])
  })
})

describe('discarded letters', () => {
  it('stay where they are, are planned no more, and come back only when asked for by status', async () => {
    await world.setAside({ offset: 1 }, { offset: 2 })
    const report = await world.redrive.discard(await world.redrive.plan(request), { reason: 'test orders' })
    expect(report).toMatchObject({ discarded: 2, redriven: 0 })
    expect(world.redriven()).toEqual([])
    expect((await world.redrive.plan(request)).left).toEqual({ discarded: 2 })
    expect(world.broker.controls.records(deadLetterTopic)).toHaveLength(2)

    await redriveAll({ statuses: ['discarded'], reason: 'they were real' })
    expect(originsOf(world.redriven())).toEqual([1, 2])
  })

  it('need not say where they came from, nor be redriven at all', async () => {
    await world.append(deadLetterTopic, 0, [{ key: null, value: null, headers: [], timestampMs: 0n }])
    const plan = await world.redrive.plan({ ...request, to: 'nowhere' })
    expect(plan).toMatchObject({ counts: { letters: 1 }, destinations: [], seenBy: [] })
    await expect(world.redrive.run(plan)).rejects.toMatchObject({ code: 'REDRIVE_REQUEST_INVALID' })
    expect(await world.redrive.discard(plan, { reason: 'not ours' })).toMatchObject({ discarded: 1 })
  })

  it('need a reason', async () => {
    const plan = await world.redrive.plan(request)
    await expect(world.redrive.discard(plan, { reason: ' ' })).rejects.toMatchObject({
      code: 'REDRIVE_REQUEST_INVALID',
    })
  })
})

/** A broker whose redrive topic does not take the record that came from one offset. */
function refusingLargeRecords(broker: Broker, offset: number): Broker {
  const error = new BrokerError('it is larger than the topic takes', { code: 'BROKER_RECORD_TOO_LARGE' })
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
            append: async (topic, partition, records, wait) =>
              topic === lane &&
              records.some(({ headers }) => headerText(headers, 'lb-origin-offset') === String(offset))
                ? { kind: 'failed', error }
                : await transaction.append(topic, partition, records, wait),
          }
        },
      }
    },
  }
}
