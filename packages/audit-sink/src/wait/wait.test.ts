import { systemClock } from '@ledgerbus/core'
import { createFakeClock } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createByteBudget } from './byte-budget.ts'
import { createCondition } from './condition.ts'
import { createInsertSlots } from './insert-slots.ts'
import { settledWithin } from './settled-within.ts'

const { signal: never } = new AbortController()

async function isSettled(work: Promise<unknown>): Promise<boolean> {
  let settled = false
  void work.then(() => {
    settled = true
  })
  await createFakeClock().advance(0)
  return settled
}

describe('a condition', () => {
  it('wakes all who wait, each once', async () => {
    const condition = createCondition(createFakeClock())
    const waiting = [condition.changed({ signal: never }), condition.changed({ signal: never })]
    condition.notify()
    await Promise.all(waiting)
    expect(await isSettled(condition.changed({ signal: never }))).toBe(false)
  })

  it('wakes at the time-out and at an abort, and leaves no timer behind', async () => {
    const clock = createFakeClock()
    const condition = createCondition(clock)
    const timed = condition.changed({ signal: never, timeoutMs: 100 })
    await clock.advance(100)
    await timed
    const controller = new AbortController()
    const aborted = condition.changed({ signal: controller.signal, timeoutMs: 100 })
    controller.abort()
    await aborted
    await condition.changed({ signal: controller.signal, timeoutMs: 100 })
    expect(clock.waiting).toBe(0)
  })
})

describe('insert slots', () => {
  it('are given out first come, first served, and no more than there are', async () => {
    const slots = createInsertSlots(1)
    const release = await slots.take(never)
    const second = slots.take(never)
    const third = slots.take(never)
    expect(await isSettled(second)).toBe(false)
    release?.()
    const releaseSecond = await second
    expect(await isSettled(third)).toBe(false)
    releaseSecond?.()
    expect(await third).toBeDefined()
  })

  it('are given back once, however often that is said', async () => {
    const slots = createInsertSlots(1)
    const release = await slots.take(never)
    release?.()
    release?.()
    await slots.take(never)
    expect(await isSettled(slots.take(never))).toBe(false)
  })

  it('are not given to whoever gave up', async () => {
    const slots = createInsertSlots(1)
    const release = await slots.take(never)
    const controller = new AbortController()
    const givenUp = slots.take(controller.signal)
    const next = slots.take(never)
    controller.abort()
    expect(await givenUp).toBeUndefined()
    expect(await slots.take(controller.signal)).toBeUndefined()
    release?.()
    expect(await next).toBeDefined()
  })
})

describe('the byte budget', () => {
  it('tells when it fills up and when it has room again, and not in between', () => {
    const budget = createByteBudget(100)
    const told: boolean[] = []
    const unsubscribe = budget.subscribe(() => told.push(budget.isFull))
    for (const bytes of [60, 60, 10]) budget.take(bytes)
    budget.give(10)
    budget.give(60)
    unsubscribe()
    budget.take(1_000)
    expect(told).toEqual([true, false])
  })
})

describe('a deadline', () => {
  it('ends the wait, and costs nothing where the work is done before', async () => {
    const clock = createFakeClock()
    await settledWithin(Promise.resolve(), 1_000, clock)
    await clock.advance(0)
    expect(clock.waiting).toBe(0)
    const late = settledWithin(new Promise(() => undefined), 1_000, clock)
    await clock.advance(1_000)
    await late
  })
})

describe('a program that only waits', () => {
  it('is kept alive by a pause, which an abort ends', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    const controller = new AbortController()

    const waiting = createCondition(systemClock).changed({ signal: controller.signal, timeoutMs: 60_000 })
    expect(timers()).toBe(before + 1)

    controller.abort()
    await waiting
    expect(timers()).toBe(before)
  })
})
