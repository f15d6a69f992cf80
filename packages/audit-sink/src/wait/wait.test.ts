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
  function aMember(openBytes: number, isStoring = false) {
    const member = { open: openBytes, isStoring, changes: 0 }
    return {
      member,
      port: {
        openBytes: () => member.open,
        isStoring: () => member.isStoring,
        changed: () => void (member.changes += 1),
      },
    }
  }

  it('tells when it fills up and when it has room again, and not in between', () => {
    const budget = createByteBudget(100)
    const told: boolean[] = []
    const share = budget.join({ ...aMember(0).port, changed: () => told.push(budget.isFull) })
    for (const bytes of [60, 60, 10]) share.take(bytes)
    share.give(10)
    share.give(60)
    share.leave()
    share.take(1_000)
    expect(told).toEqual([true, false])
  })

  it('asks the largest range first, while not enough is on its way', () => {
    const budget = createByteBudget(100)
    const members = [aMember(30), aMember(50), aMember(20)]
    const shares = members.map(({ port }) => budget.join(port))
    const turns = (): boolean[] => shares.map((share) => share.isTurn())
    shares[0]?.take(99)
    expect(turns()).toEqual([false, false, false])
    shares[1]?.take(1)
    expect(turns()).toEqual([false, true, false])
    Object.assign(members[1]?.member ?? {}, { open: 0, isStoring: true })
    expect(turns()).toEqual([true, false, false])
    Object.assign(members[0]?.member ?? {}, { open: 0, isStoring: true })
    expect(turns()).toEqual([false, false, false])
    members[0]?.port.isStoring()
    Object.assign(members[0]?.member ?? {}, { isStoring: false })
    expect(turns()).toEqual([false, false, true])
  })

  it('is nobody’s turn where nothing is open', () => {
    const budget = createByteBudget(1)
    const share = budget.join(aMember(0).port)
    share.take(5)
    expect(share.isTurn()).toBe(false)
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
