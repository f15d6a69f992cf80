import { type AuditLogReader, readReplayMarks, silentLogger } from '@ledgerbus/core'
import { aRecord } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  anOrder,
  aReplayWorld,
  fromMs,
  groupedBy,
  originalOf,
  type ReplayWorld,
  request,
  textOf,
  toMs,
} from '../../test/replay-world.ts'
import { createReplay } from '../create-replay.ts'
import { ReplayError } from '../replay-error.ts'
import { decodeReplayCursor } from './replay-cursor.ts'
import type { ReplayProgress, ReplayReport } from './replay-report.ts'

let world: ReplayWorld

/** 1,200 records: 700 in partition 0, which is two pages, and 500 in partition 1, which is one. */
const many = 1_200

beforeEach(async () => {
  world = await aReplayWorld()
})

async function publishMany(): Promise<void> {
  for (const [partition, count] of [
    [0, 400],
    [0, 300],
    [1, 500],
  ] as const) {
    await world.publish(
      'orders',
      partition,
      Array.from({ length: count }, (_, index) => anOrder(`o-${partition}-${index}`)),
    )
  }
  await world.audit()
}

async function stopped(running: Promise<ReplayReport>): Promise<ReplayError & { readonly report: ReplayReport }> {
  try {
    await running
  } catch (error) {
    if (error instanceof ReplayError && error.report !== undefined)
      return Object.assign(error, { report: error.report })
    throw error
  }
  throw new Error('the run ended well')
}

function sequences(): number[] {
  return world.replayed().map(({ headers }) => readReplayMarks(headers)?.sequence ?? -1)
}

describe('replay run', () => {
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

    const report = await world.replay.run(await world.replay.plan(request))

    expect(report).toMatchObject({
      state: 'completed',
      planned: 5,
      published: 5,
      failed: 0,
      unknown: 0,
      publishedBefore: 0,
    })
    expect(report.resumeCursor).toBeUndefined()
    expect(world.replayed().map(originalOf)).toEqual(originals)
  })

  it('marks each record with the replay, its place, its origin, the groups and the reason', async () => {
    await world.publish('orders', 1, [anOrder('o-1'), anOrder('o-2')])
    await world.audit()
    const [, original] = world.broker.controls.records('orders')
    const plan = await world.replay.plan(request)
    await world.replay.run(plan)

    const [, second] = world.replayed()
    expect(readReplayMarks(second?.headers ?? [])).toEqual({
      replayId: plan.replayId,
      sequence: 1,
      mode: 'rehandle',
      of: { topic: 'orders', partition: 1, offset: 1n },
      originalTimestampMs: original?.timestampMs,
      groups: ['billing'],
      reason: 'bug 42 is fixed',
    })
  })

  it('gives records the present time, as retention would remove those of the past', async () => {
    await world.publish('orders', 0, [anOrder('o-1')])
    await world.audit()
    await world.clock.advance(86_400_000)
    await world.replay.run(await world.replay.plan(request))
    expect(world.replayed()[0]?.timestampMs).toBe(BigInt(world.clock.nowMs()))
  })

  it('replaces the marks of an earlier replay', async () => {
    await world.publish('orders', 0, [anOrder('o-1')])
    await world.audit()
    await world.replay.run(await world.replay.plan(request))
    await world.audit()
    const again = await world.replay.plan({ ...request, replays: 'only', groups: ['shipping'] })
    await world.replay.run(again)

    const last = world.replayed().at(-1)
    expect(last?.headers.filter(({ name }) => name === 'lb-replay-id')).toHaveLength(1)
    expect(readReplayMarks(last?.headers ?? [])).toMatchObject({
      replayId: again.replayId,
      groups: ['shipping'],
      of: { offset: 1n },
    })
  })

  it('never meets its own output, also when the log stores it while the run goes on', async () => {
    await publishMany()
    const report = await world.replay.run(await world.replay.plan({ ...request, replays: 'include' }), {
      onProgress: () => void world.audit(),
    })
    expect(report.published).toBe(many)
    expect(world.replayed()).toHaveLength(many)
  })

  it('publishes to another topic, each key in one partition of it', async () => {
    const other = await aReplayWorld([
      { name: 'orders', partitions: 6 },
      { name: 'orders-copy', partitions: 2 },
    ])
    const ids = Array.from({ length: 30 }, (_, index) => `o-${index % 10}`)
    for (const [index, id] of ids.entries())
      await other.publish('orders', (index % 10) % 6, [anOrder(id, { total: index })])
    await other.audit()
    await other.replay.run(await other.replay.plan({ ...request, target: 'orders-copy' }))

    expect(other.replayed('orders')).toEqual([])
    const copies = other.replayed('orders-copy')
    expect(copies).toHaveLength(30)
    expect(readReplayMarks(copies[0]?.headers ?? [])?.mode).toBe('copy')
    for (const [key, records] of groupedBy(copies, (record) => textOf(record.key))) {
      expect(new Set(records.map(({ partition }) => partition)), `partitions of ${key}`).toHaveLength(1)
      const offsets = records.map(({ headers }) => readReplayMarks(headers)?.of.offset ?? -1n)
      expect(offsets).toEqual(offsets.toSorted((a, b) => Number(a - b)))
    }
  })

  it('does nothing for an empty plan, and says so, whether the broker is there or not', async () => {
    const plan = await world.replay.plan(request)
    world.broker.controls.goDown()
    expect(await world.replay.run(plan)).toMatchObject({ state: 'empty', planned: 0, published: 0 })
  })

  it('reports its progress after every page', async () => {
    await publishMany()
    const seen: ReplayProgress[] = []
    await world.replay.run(await world.replay.plan(request), { onProgress: (progress) => seen.push(progress) })
    expect(seen.map(({ published }) => published)).toEqual([500, 1_000, 1_200])
    expect(seen.every(({ planned }) => planned === many)).toBe(true)
  })

  it('keeps to the rate', async () => {
    await publishMany()
    const running = world.replay.run(await world.replay.plan(request), { ratePerSecond: 100 })
    await world.clock.advance(6_000)
    expect(world.replayed().length).toBeGreaterThanOrEqual(600)
    expect(world.replayed().length).toBeLessThanOrEqual(640)
    await world.clock.advance(6_000)
    expect(await running).toMatchObject({ state: 'completed', published: many })
  })

  it('runs without transactions too, and says exactly what is there when it stops in a page', async () => {
    world = await aReplayWorld(undefined, { transactions: false })
    await publishMany()
    world.broker.controls.inject({ at: 'append', partition: 1, outcome: 'unknown' })
    const { code, report } = await stopped(world.replay.run(await world.replay.plan(request)))
    expect(code).toBe('REPLAY_PUBLISH_UNKNOWN')
    // The second page holds the last 200 of partition 0 and the first 300 of partition 1.
    expect(report).toMatchObject({ published: 700, failed: 0, unknown: 300 })
  })
})

describe('replay run that stops', () => {
  beforeEach(publishMany)

  it('says how many are published for certain when a page is refused, and goes on behind them', async () => {
    const plan = await world.replay.plan(request)
    let pages = 0
    const { code, message, report } = await stopped(
      world.replay.run(plan, {
        onProgress: () => {
          pages += 1
          if (pages === 1) world.broker.controls.inject({ at: 'append', outcome: 'failed' })
        },
      }),
    )
    expect(code).toBe('REPLAY_PUBLISH_FAILED')
    expect(message).toMatch(/^500 of 1200 published for certain, none in doubt/u)
    expect(report).toMatchObject({ state: 'stopped', published: 500, failed: 500, unknown: 0 })
    expect(world.replayed()).toHaveLength(500)

    const rest = await world.replay.run(plan, { after: report.resumeCursor ?? '' })
    expect(rest).toMatchObject({ state: 'completed', publishedBefore: 500, published: 700 })
    expect(sequences().toSorted((a, b) => a - b)).toEqual(Array.from({ length: many }, (_, index) => index))
  })

  it.each([true, false])(
    'leaves a page in doubt when its commit is not answered (stored: %s), and repeats nothing by itself',
    async (stored) => {
      const plan = await world.replay.plan(request)
      world.broker.controls.inject({ at: 'transaction-commit', outcome: 'unknown', stored })
      const { code, outcome, message, report } = await stopped(world.replay.run(plan))
      expect(code).toBe('REPLAY_PUBLISH_UNKNOWN')
      expect(outcome).toBe('unknown')
      expect(message).toMatch(/^0 of 1200 published for certain; the next 500 may be there or not/u)
      expect(report).toMatchObject({ published: 0, failed: 0, unknown: 500 })
      expect(world.replayed()).toHaveLength(stored ? 500 : 0)
    },
  )

  it('can publish nothing more once another run of the same replay took over', async () => {
    const plan = await world.replay.plan(request)
    let other: Promise<ReplayReport> | undefined
    const { code, report } = await stopped(
      world.replay.run(plan, {
        onProgress: ({ resumeCursor }) => {
          other ??= createReplay({ ...world, logger: silentLogger }).run(plan, { after: resumeCursor ?? '' })
        },
      }),
    )
    const taken = await other
    expect(code).toBe('REPLAY_PUBLISH_FAILED')
    expect(report.published + (taken?.published ?? 0)).toBe(many)
    expect(new Set(sequences())).toHaveLength(many)
    expect(world.replayed()).toHaveLength(many)
  })

  it('stops between pages when the log cannot be read further', async () => {
    const broken: AuditLogReader = {
      ...world.auditLog,
      async *read(selection, options) {
        let count = 0
        for await (const entry of world.auditLog.read(selection, options)) {
          count += 1
          if (count > 600) throw new Error('the connection was reset')
          yield entry
        }
      },
    }
    const replay = createReplay({ ...world, auditLog: broken, logger: silentLogger })
    const plan = await replay.plan(request)
    const { code, message, report } = await stopped(replay.run(plan))
    expect(code).toBe('REPLAY_READ_FAILED')
    expect(message).toContain('the connection was reset')
    expect(report).toMatchObject({ published: 500, failed: 0, unknown: 0 })
    await world.replay.run(plan, { after: report.resumeCursor ?? '' })
    expect(world.replayed()).toHaveLength(many)
  })

  it.each([
    ['fewer', -1, many - 1],
    ['more', 1, many - 200],
  ])('is an error when the log holds %s entries than were planned', async (found, change, published) => {
    const altered: AuditLogReader = {
      ...world.auditLog,
      async *read(selection, options) {
        const entries = []
        for await (const entry of world.auditLog.read(selection, options)) entries.push(entry)
        yield* change < 0 ? entries.slice(0, change) : [...entries, ...entries.slice(0, change)]
      },
    }
    const replay = createReplay({ ...world, auditLog: altered, logger: silentLogger })
    const { code, message, report } = await stopped(replay.run(await replay.plan(request)))
    expect(code).toBe('REPLAY_COUNT_MISMATCH')
    expect(message).toContain(`holds ${found} entries`)
    expect(report.published).toBe(published)
  })

  it('fails with the broker error when it cannot begin', async () => {
    const plan = await world.replay.plan(request)
    world.broker.controls.goDown()
    await expect(world.replay.run(plan)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' })
  })

  it('ends with what the progress callback throws', async () => {
    const plan = await world.replay.plan(request)
    const running = world.replay.run(plan, {
      onProgress: () => {
        throw new Error('no room on the screen')
      },
    })
    await expect(running).rejects.toThrow('no room on the screen')
    expect(world.replayed()).toHaveLength(500)
  })
})

describe('replay run that is interrupted', () => {
  beforeEach(publishMany)

  it('ends after the page in flight and says where to go on', async () => {
    const plan = await world.replay.plan(request)
    const abort = new AbortController()
    const report = await world.replay.run(plan, {
      signal: abort.signal,
      onProgress: () => {
        abort.abort()
      },
    })
    expect(report).toMatchObject({ state: 'interrupted', published: 500, failed: 0, unknown: 0 })
    expect(decodeReplayCursor(report.resumeCursor ?? '')).toMatchObject({ planHash: plan.hash, published: 500 })
    expect(world.replayed()).toHaveLength(500)
  })

  it('ends at once while it waits for its rate', async () => {
    const abort = new AbortController()
    const running = world.replay.run(await world.replay.plan(request), { signal: abort.signal, ratePerSecond: 1 })
    await world.clock.advance(2_500)
    abort.abort()
    const report = await running
    expect(report.state).toBe('interrupted')
    expect(world.replayed()).toHaveLength(report.published)
    expect(world.clock.waiting).toBe(0)
  })

  it('publishes nothing when it was interrupted before it began', async () => {
    const plan = await world.replay.plan(request)
    const report = await world.replay.run(plan, { signal: AbortSignal.abort() })
    expect(report).toMatchObject({ state: 'interrupted', published: 0 })
    expect(report.resumeCursor).toBeUndefined()
  })

  it('goes on in another process that has only the request, the id and the cursor', async () => {
    const plan = await world.replay.plan(request)
    const abort = new AbortController()
    const { resumeCursor = '' } = await world.replay.run(plan, {
      signal: abort.signal,
      onProgress: () => {
        abort.abort()
      },
    })
    await world.publish('orders', 0, [anOrder('o-late')])
    await world.audit()

    const elsewhere = createReplay({ ...world, logger: silentLogger })
    const { below } = decodeReplayCursor(resumeCursor)
    const again = await elsewhere.plan({ ...request, below, replayId: plan.replayId })
    const report = await elsewhere.run(again, { after: resumeCursor })

    expect(report).toMatchObject({ state: 'completed', publishedBefore: 500, published: 700, planned: many })
    expect(sequences().toSorted((a, b) => a - b)).toEqual(Array.from({ length: many }, (_, index) => index))
    expect(new Set(world.replayed().map(({ headers }) => readReplayMarks(headers)?.replayId))).toHaveLength(1)
  })

  it('is completed, not interrupted, when the signal comes with the last page', async () => {
    const abort = new AbortController()
    const report = await world.replay.run(await world.replay.plan(request), {
      signal: abort.signal,
      onProgress: ({ published }) => {
        if (published === many) abort.abort()
      },
    })
    expect(report.state).toBe('completed')
  })

  it('loses, repeats and reorders nothing, wherever it is interrupted', async () => {
    const originals = world.broker.controls.records('orders').map(originalOf)
    const plan = await world.replay.plan(request)
    let after: string | undefined
    let runs = 0
    for (;;) {
      const abort = new AbortController()
      const running = world.replay.run(plan, {
        signal: abort.signal,
        ratePerSecond: 333,
        ...(after !== undefined && { after }),
      })
      await world.clock.advance(700 + runs * 13)
      abort.abort()
      const report = await running
      runs += 1
      if (report.state === 'completed') break
      after = report.resumeCursor ?? after
    }
    expect(runs).toBeGreaterThan(3)
    expect(world.replayed().map(originalOf)).toEqual(originals)
  })

  it('ends when the replay is closed, and afterwards nothing begins', async () => {
    const plan = await world.replay.plan(request)
    const running = world.replay.run(plan, { ratePerSecond: 1 })
    await world.clock.advance(1_000)
    await world.replay.close()
    expect(await running).toMatchObject({ state: 'interrupted' })
    await expect(world.replay.plan(request)).rejects.toMatchObject({ code: 'REPLAY_CLOSED' })
    await expect(world.replay.close()).resolves.toBeUndefined()
  })
})

describe('replay run that is refused', () => {
  beforeEach(publishMany)

  it('needs groups and a reason in its plan', async () => {
    const plan = await world.replay.plan({ fromMs, toMs, groups: [], reason: '' })
    await expect(world.replay.run(plan)).rejects.toMatchObject({
      code: 'REPLAY_PLAN_INCOMPLETE',
      message: expect.stringMatching(/no groups and no reason/u) as unknown,
    })
  })

  it('does not run a plan that was altered after it was made', async () => {
    const plan = await world.replay.plan(request)
    const wider = { ...plan, selection: { ...plan.selection, toMs: plan.selection.toMs + 1 } }
    await expect(world.replay.run(wider)).rejects.toMatchObject({ code: 'REPLAY_PLAN_ALTERED' })
    expect(world.replayed()).toEqual([])
  })

  it('does not go on behind the cursor of another plan', async () => {
    const abort = new AbortController()
    const { resumeCursor = '' } = await world.replay.run(await world.replay.plan(request), {
      signal: abort.signal,
      onProgress: () => {
        abort.abort()
      },
    })
    const other = await world.replay.plan({ ...request, groups: ['shipping'] })
    await expect(world.replay.run(other, { after: resumeCursor })).rejects.toMatchObject({
      code: 'REPLAY_CURSOR_INVALID',
    })
    await expect(world.replay.run(other, { after: 'nonsense' })).rejects.toMatchObject({
      code: 'REPLAY_CURSOR_INVALID',
    })
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('does not run at a rate of %d', async (ratePerSecond) => {
    const plan = await world.replay.plan(request)
    await expect(world.replay.run(plan, { ratePerSecond })).rejects.toMatchObject({ code: 'REPLAY_REQUEST_INVALID' })
  })
})
