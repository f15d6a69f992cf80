import { createFakeClock } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createFetchWait } from './fetch-wait.ts'

const [first, second] = [0, 1].map((partition) => ({ topic: 'orders', partition })) as [
  { topic: string; partition: number },
  { topic: string; partition: number },
]

describe('the wait of a fetch', () => {
  it('is short while a partition was paused lately, since it is fetched again soon', async () => {
    const clock = createFakeClock()
    const wait = createFetchWait(clock)
    expect(wait.ms()).toBe(250)

    wait.paused(first)
    expect(wait.ms()).toBe(20)
    await clock.advance(999)
    expect(wait.ms()).toBe(20)
    wait.resumed(first)
    expect(wait.ms()).toBe(250)
  })

  it('is the usual one beside a partition that is stuck', async () => {
    const clock = createFakeClock()
    const wait = createFetchWait(clock)
    wait.paused(first)
    await clock.advance(1_000)
    expect(wait.ms()).toBe(250)

    wait.paused(second)
    expect(wait.ms()).toBe(20)
    wait.resumed(second)
    expect(wait.ms()).toBe(250)
  })
})
