import { describe, expect, it } from 'vitest'
import { createFakeClock } from './fake-clock.ts'

describe('fake clock', () => {
  it('stands still until it is moved', async () => {
    const clock = createFakeClock({ startMs: 1_000 })
    let woken = false
    void clock.sleep(1).then(() => {
      woken = true
    })

    await clock.advance(0)
    expect(woken).toBe(false)
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_000, 0])

    await clock.advance(1)
    expect(woken).toBe(true)
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_001, 1])
  })

  it('runs each action at its own moment, in the order they are due', async () => {
    const clock = createFakeClock()
    const seen: [string, number][] = []
    clock.schedule(30, () => seen.push(['late', clock.monotonicMs()]))
    clock.schedule(10, () => seen.push(['early', clock.monotonicMs()]))
    clock.schedule(10, () => seen.push(['early, scheduled second', clock.monotonicMs()]))

    await clock.advance(100)

    expect(seen).toEqual([
      ['early', 10],
      ['early, scheduled second', 10],
      ['late', 30],
    ])
  })

  it('lets what an action set off settle before the next, so that a loop of sleeps takes its turns', async () => {
    const clock = createFakeClock()
    const wakings: number[] = []
    async function loop(): Promise<void> {
      for (let turn = 0; turn < 3; turn += 1) {
        await clock.sleep(10)
        await Promise.resolve()
        wakings.push(clock.monotonicMs())
      }
    }
    const done = loop()

    await clock.advance(30)
    await done

    expect(wakings).toEqual([10, 20, 30])
  })

  it('ends a sleep with the reason of the abort and forgets its timer', async () => {
    const clock = createFakeClock()
    const controller = new AbortController()
    const reason = new Error('enough')
    const sleeping = clock.sleep(1_000, { signal: controller.signal })

    expect(clock.waiting).toBe(1)
    controller.abort(reason)

    await expect(sleeping).rejects.toBe(reason)
    await expect(clock.sleep(1, { signal: controller.signal })).rejects.toBe(reason)
    expect(clock.waiting).toBe(0)
  })

  it('does not run what was cancelled', async () => {
    const clock = createFakeClock()
    let ran = false
    const cancel = clock.schedule(10, () => {
      ran = true
    })

    cancel()
    await clock.advance(20)

    expect(ran).toBe(false)
  })

  it('lets the time of day jump without moving durations', async () => {
    const clock = createFakeClock({ startMs: 5_000 })
    await clock.advance(100)

    clock.setNow(1_000)
    await clock.advance(10)

    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_010, 110])
  })
})
