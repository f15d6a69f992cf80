import type { IdempotencyStore } from '@ledgerbus/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { replayed } from '../test/replayed.ts'
import { createStage, groupId, OrderCreated, type Stage } from '../test/stage.ts'
import { createInMemoryIdempotencyStore } from './idempotency/in-memory-idempotency-store.ts'
import { on, type SubscriptionOptions } from './on.ts'

let stage: Stage

beforeEach(async () => {
  stage = await createStage()
})

const ignored = () => undefined

function anEvent(index: number) {
  return { envelope: { eventId: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}` }, total: index }
}

describe('a replay for one group', () => {
  it('is handled by that group, and every other commits it and counts what it skipped, by replay', async () => {
    const [billing, shipping] = [groupId, 'shipping'].map((each) =>
      stage.consumer([on(OrderCreated, ignored)], { groupId: each }),
    )
    await Promise.all([billing?.start(), shipping?.start()])
    const forBilling = replayed({ groups: [groupId] })
    await stage.append({}, ...Array.from({ length: 5 }, () => ({ headers: forBilling })))
    await stage.append({ value: 'no event', headers: replayed({ replayId: 'r-2', groups: ['nobody'] }) })
    await stage.clock.advance(10_000)

    expect(billing?.counts()).toMatchObject({
      handled: 6,
      skipped: { 'replay-for-other-groups': 1 },
      replaysSkipped: { 'r-2': { 'replay-for-other-groups': 1 } },
    })
    expect(shipping?.counts()).toMatchObject({
      handled: 1,
      deadLettered: 0,
      open: 0,
      skipped: { 'replay-for-other-groups': 6 },
      replaysSkipped: { 'r-1': { 'replay-for-other-groups': 5 }, 'r-2': { 'replay-for-other-groups': 1 } },
    })
    const admin = stage.broker.createAdmin()
    await admin.start()
    expect(await admin.groupOffsets('shipping')).toEqual([expect.objectContaining({ topic: 'orders', offset: 7n })])
  })

  it('tells an observer of each skip which replay it was', async () => {
    const skips: unknown[] = []
    const consumer = stage.consumer([on(OrderCreated, ignored, { replay: 'skip' })], {
      observer(activity) {
        if (activity.kind === 'record-skipped') skips.push([activity.rule, activity.replayId])
      },
    })
    await consumer.start()
    await stage.append({ headers: replayed({ groups: ['other'] }) }, { headers: replayed() }, { value: null })
    await stage.clock.advance(0)
    expect(skips).toEqual([
      ['replay-for-other-groups', 'r-1'],
      ['replay-not-wanted', 'r-1'],
      ['tombstone', undefined],
    ])
  })

  it('is not skipped for marks that are malformed: such a record is handled as any other', async () => {
    const replays: unknown[] = []
    const consumer = stage.consumer([
      on(OrderCreated, (_, { replay }) => void replays.push(replay), { sideEffects: 'external' }),
    ])
    await consumer.start()
    const marks = replayed({ groups: ['other'] })
    const names = marks.map(({ name }) => name)
    await stage.append(...names.map((cut) => ({ headers: marks.filter(({ name }) => name !== cut) })))

    await stage.clock.advance(0)
    // Groups are the one part that may be missing: it is then for all, and not wanted.
    expect(replays).toEqual(Array.from({ length: names.length - 1 }, () => undefined))
    expect(consumer.counts()).toMatchObject({ replaysSkipped: { 'r-1': { 'replay-not-wanted': 1 } } })
  })
})

describe('a deduplicating handler', () => {
  let store: IdempotencyStore
  let calls: string[]

  beforeEach(() => {
    store = createInMemoryIdempotencyStore({ clock: stage.clock })
    calls = []
  })

  function consumerOf(options: SubscriptionOptions = {}, fails: (total: number) => boolean = () => false) {
    const handler = on(
      OrderCreated,
      async ({ payload }, { replay }) => {
        const { total } = payload.after
        if (fails(total)) throw new Error('not now')
        calls.push(`${replay?.replayId ?? 'live'} ${total}`)
      },
      { name: 'charge', ...options },
    )
    return stage.consumer([handler], { idempotency: { store } })
  }

  it('runs once a run, although a run writes a record twice and the group reads it twice', async () => {
    const events = [1, 2, 3].map(anEvent)
    const run = (replayId: string) =>
      events.map((event, sequence) => ({ ...event, headers: replayed({ replayId, sequence }) }))
    const first = consumerOf()
    await first.start()
    await stage.append(...events, ...run('r-1'), ...run('r-1'))
    const recover = stage.broker.controls.inject({ at: 'commit', outcome: 'failed', times: 1_000 })
    await stage.clock.advance(0)
    const closed = first.close({ drainMs: 0 })
    await stage.clock.advance(10_000)
    await closed
    recover()
    expect(await stage.committed()).toBeUndefined()

    const second = consumerOf()
    const started = second.start()
    await stage.clock.advance(10_000)
    await started
    await stage.append(...run('r-2'))
    await stage.clock.advance(10_000)

    expect(second.counts()).toMatchObject({ delivered: 12, skipped: { 'handled-before': 9 } })
    expect(calls.toSorted()).toEqual(
      ['live', 'r-1', 'r-2'].flatMap((replayId) => [1, 2, 3].map((total) => `${replayId} ${total}`)),
    )
  })

  it('runs once a run where its key is parked and the copies wait behind it', async () => {
    let isAway = true
    const parking = { ordering: 'park-key', delaysMs: [1_000, 60_000], inlineAttempts: 1 } as const
    const consumer = consumerOf({ retry: parking }, () => isAway)
    await consumer.start()
    const copy = { ...anEvent(1), headers: replayed() }
    await stage.append(copy, copy, copy)
    await stage.clock.advance(2_000)
    isAway = false
    await stage.clock.advance(120_000)

    expect(calls).toEqual(['r-1 1'])
    expect(consumer.counts()).toMatchObject({ parked: 3, handled: 1, skipped: { 'handled-before': 2 }, open: 0 })
  })

  it('gets of a replay that fills gaps what was never handled, and nothing else', async () => {
    let isAway = true
    const consumer = consumerOf({ retry: { maxAttempts: 2 } }, (total) => isAway && total === 2)
    await consumer.start()
    await stage.append(...[1, 2, 3].map(anEvent))
    await stage.clock.advance(60_000)
    expect(calls).toEqual(['live 1', 'live 3'])
    isAway = false
    const filled = [1, 2, 3, 4].map((index, sequence) => ({
      ...anEvent(index),
      headers: replayed({ mode: 'fill-gaps', sequence }),
    }))
    await stage.append(...filled, ...filled)
    await stage.clock.advance(60_000)

    expect(calls).toEqual(['live 1', 'live 3', 'r-1 2', 'r-1 4'])
    expect(consumer.counts()).toMatchObject({ deadLettered: 1, handled: 4, skipped: { 'handled-before': 6 } })
  })
})
