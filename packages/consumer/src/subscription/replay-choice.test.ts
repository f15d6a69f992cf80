import type { ReplayMarks } from '@ledgerbus/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { replayed, someMarks } from '../../test/replayed.ts'
import { createStage, groupId, OrderCreated, type Stage } from '../../test/stage.ts'
import { on, onBatch, type SubscriptionOptions } from '../on.ts'
import { createInMemoryIdempotencyStore } from '../idempotency/in-memory-idempotency-store.ts'

const letters = `orders.${groupId}.dlq`
const batch = { maxRecords: 10, maxWaitMs: 10 } as const

let stage: Stage
let handled: number[]

beforeEach(async () => {
  stage = await createStage()
  handled = []
})

/** A handler that notes the totals it gets, alone or in batches. */
function noting(takes: 'one' | 'batch', options: SubscriptionOptions) {
  return takes === 'one'
    ? on(OrderCreated, ({ payload }) => void handled.push(payload.after.total), options)
    : onBatch(
        OrderCreated,
        (events) => {
          handled.push(...events.map(({ payload }) => payload.after.total))
        },
        { ...options, ...batch },
      )
}

/** A record of its own, and one that a replay published. */
const both = [{ total: 1 }, { total: 2, headers: replayed() }] as const

describe.each(['one', 'batch'] as const)('a subscription that takes %s', (takes) => {
  it.each<[string, SubscriptionOptions, readonly number[]]>([
    ['gets replays', {}, [1, 2]],
    ['gets none when it says so', { replay: 'skip' }, [1]],
    ['gets none when its side effects are external', { sideEffects: 'external' }, [1]],
    ['gets them although they are, when it says so', { sideEffects: 'external', replay: 'run' }, [1, 2]],
    ['gets what its function wants', { replay: ({ replayId }) => (replayId === 'r-1' ? 'run' : 'skip') }, [1, 2]],
    ['does not get what its function does not want', { replay: ({ mode }) => (mode === 'copy' ? 'run' : 'skip') }, [1]],
  ])('%s', async (_, options, totals) => {
    const consumer = stage.consumer([noting(takes, options)])
    await consumer.start()
    await stage.append(...both)
    await stage.clock.advance(10_000)

    expect(handled).toEqual(totals)
    const isSkipped = totals.length === 1
    expect(consumer.counts()).toMatchObject({
      handled: totals.length,
      open: 0,
      skipped: isSkipped ? { 'replay-not-wanted': 1 } : {},
      replaysSkipped: isSkipped ? { 'r-1': { 'replay-not-wanted': 1 } } : {},
    })
    expect(await stage.committed()).toBe(2n)
  })

  it('has failed an attempt when its function throws: it is tried again, then set aside, never skipped', async () => {
    const consumer = stage.consumer([
      noting(takes, {
        retry: { maxAttempts: 3 },
        replay: () => {
          throw new Error('the list of runs is not loaded')
        },
      }),
    ])
    await consumer.start()
    await stage.append(...both)
    await stage.clock.advance(60_000)

    expect(handled).toEqual([1])
    expect(consumer.counts()).toMatchObject({ handled: 1, retried: 2, deadLettered: 1, skipped: {}, open: 0 })
    expect(stage.broker.controls.records(letters)).toHaveLength(1)
  })

  it('handles what its function could not decide at first, and skips what it then does not want', async () => {
    let asked = 0
    const consumer = stage.consumer([
      noting(takes, {
        replay({ replayId }) {
          asked += 1
          if (asked <= 3) throw new Error('the list of runs is not loaded')
          return replayId === 'r-2' ? 'run' : 'skip'
        },
      }),
    ])
    await consumer.start()
    await stage.append({ total: 1, headers: replayed() }, { total: 2, headers: replayed({ replayId: 'r-2' }) })
    await stage.clock.advance(60_000)

    expect(handled).toEqual([2])
    expect(consumer.counts()).toMatchObject({
      handled: 1,
      deadLettered: 0,
      skipped: { 'replay-not-wanted': 1 },
      replaysSkipped: { 'r-1': { 'replay-not-wanted': 1 } },
    })
  })
})

describe('the function that decides on replays', () => {
  it('is given the marks, and asked of replayed records only', async () => {
    const asked: ReplayMarks[] = []
    const marks = someMarks({ groups: [groupId], reason: 'compensation was wrong' })
    const consumer = stage.consumer([
      noting('one', {
        replay(given) {
          asked.push(given)
          return 'skip'
        },
      }),
    ])
    await consumer.start()
    await stage.append({}, { headers: replayed(marks) })
    await stage.clock.advance(0)
    expect(asked).toEqual([marks])
  })

  it.each([undefined, true, 'ran', Promise.resolve('skip')])(
    'has failed when it answers neither word but %s',
    async (answer) => {
      const replay = (() => answer) as unknown as () => 'skip'
      const consumer = stage.consumer([noting('one', { replay, retry: { maxAttempts: 1 } })])
      await consumer.start()
      await stage.append(...both)
      await stage.clock.advance(0)
      expect(handled).toEqual([1])
      expect(consumer.counts()).toMatchObject({ handled: 1, deadLettered: 1, skipped: {} })
    },
  )

  it('may not be asynchronous, and what such a one rejects with ends no process', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    try {
      const replay = (() => Promise.reject(new Error('too late'))) as unknown as () => 'skip'
      const consumer = stage.consumer([noting('one', { replay, retry: { maxAttempts: 1 } })])
      await consumer.start()
      await stage.append({ headers: replayed() })
      await stage.clock.advance(0)
      // Rejections nobody handles are told of once the microtasks are done.
      await new Promise(setImmediate)
      expect(consumer.counts()).toMatchObject({ deadLettered: 1 })
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })

  it('that does not want a replay filling gaps leaves the event unhandled in the idempotency store', async () => {
    const store = createInMemoryIdempotencyStore({ clock: stage.clock })
    let wanted: 'run' | 'skip' = 'skip'
    let asked = 0
    const consumer = stage.consumer(
      [
        noting('one', {
          replay() {
            asked += 1
            // Cannot tell when the record is delivered, and does not want it when it is attempted.
            if (asked === 1) throw new Error('not loaded')
            return wanted
          },
        }),
      ],
      { idempotency: { store } },
    )
    await consumer.start()
    const gap = {
      envelope: { eventId: '00000000-0000-7000-8000-0000000000aa' },
      headers: replayed({ mode: 'fill-gaps' }),
    }
    await stage.append(gap)
    await stage.clock.advance(0)
    expect(consumer.counts()).toMatchObject({ skipped: { 'replay-not-wanted': 1 } })

    wanted = 'run'
    await stage.append(gap)
    await stage.clock.advance(0)
    expect(consumer.counts()).toMatchObject({ handled: 1, skipped: { 'replay-not-wanted': 1 } })
  })
})

describe('options on replays', () => {
  it.each(['one', 'batch'] as const)('are checked before anything starts, for %s', (takes) => {
    const wrong = { replay: 'never', sideEffects: 'internal' } as unknown as SubscriptionOptions
    expect(() => stage.consumer([noting(takes, wrong)])).toThrow(
      /subscriptions\[0\]: replay: "run", "skip" or a function.*never[\s\S]*sideEffects: "external", not internal/,
    )
  })

  it('are told by describe(), completed', () => {
    const consumer = stage.consumer([
      noting('one', { name: 'plain' }),
      noting('batch', { name: 'mail', sideEffects: 'external' }),
      noting('one', { name: 'mail again', sideEffects: 'external', replay: 'run' }),
      noting('one', { name: 'asking', replay: () => 'run' }),
    ])
    expect(
      consumer.describe().subscriptions.map(({ name, replay, sideEffects }) => [name, replay, sideEffects]),
    ).toEqual([
      ['plain', 'run', undefined],
      ['mail', 'skip', 'external'],
      ['mail again', 'run', 'external'],
      ['asking', 'function', undefined],
    ])
  })
})
