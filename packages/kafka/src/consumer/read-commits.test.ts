import type { NextOffset } from '@ledgerbus/core'
import { createFakeClock } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import type { Questions, StoredOffset } from '../client/questions.ts'
import { readCommits } from './read-commits.ts'
import { startFromLatest } from './start-from-latest.ts'

const place = { topic: 'orders', partition: 0 }
const commit: StoredOffset = { ...place, offset: 7n as NextOffset, metadata: '' }
const signal = new AbortController().signal

/** A coordinator that says each of these in turn, and the last one from then on. */
function aCoordinator(
  answers: readonly (readonly StoredOffset[])[],
  { afterMs = 0 }: { readonly afterMs?: number } = {},
) {
  const clock = createFakeClock()
  const committedFor: unknown[] = []
  let asked = 0
  const questions = {
    partitions: async () => [{ partitionId: 0 }] as never,
    async committed() {
      if (afterMs > 0 && asked === 0) await clock.sleep(afterMs)
      asked += 1
      return answers[asked - 1] ?? answers.at(-1) ?? []
    },
    stableEnds: async () => [{ ...place, offset: 40n }],
    async commitFor(_groupId, offsets) {
      committedFor.push(...offsets)
    },
  } satisfies Partial<Questions> as unknown as Questions
  const read = (mayBeNew: boolean) =>
    readCommits([place], {
      groupId: 'billing',
      questions,
      clock,
      signal,
      mayBeNew,
      isEnough: (stored) => stored.length > 0,
    })
  return { clock, questions, committedFor, read, asked: () => asked }
}

describe('what a group committed', () => {
  it('is believed at once right after a join, also when it is nothing', async () => {
    const coordinator = aCoordinator([[], [commit]])

    expect(await coordinator.read(false)).toEqual([])
  })

  it.each([
    ['that may have taken over', true, 0],
    ['that was hard to find', false, 1_500],
  ])('is asked again of a coordinator %s and knows of nothing', async (_which, mayBeNew, afterMs) => {
    const coordinator = aCoordinator([[], [], [commit]], { afterMs })

    const reading = coordinator.read(mayBeNew)
    await coordinator.clock.advance(afterMs + 1_000)

    expect(await reading).toEqual([commit])
    expect(coordinator.asked()).toBe(3)
  })

  it('is nothing when that is said for two seconds', async () => {
    const coordinator = aCoordinator([[]])
    let answer: readonly StoredOffset[] | undefined

    const reading = coordinator.read(true).then((stored) => {
      answer = stored
    })
    await coordinator.clock.advance(1_900)
    expect(answer).toBeUndefined()
    await coordinator.clock.advance(200)
    await reading

    expect(answer).toEqual([])
  })
})

describe('a group that begins at the end', () => {
  it('does not overwrite commits that its coordinator had yet to hear of', async () => {
    const coordinator = aCoordinator([[], [commit]])

    const started = startFromLatest('billing', ['orders'], { ...coordinator, signal })
    await coordinator.clock.advance(3_000)
    await started

    expect(coordinator.committedFor).toEqual([])
  })

  it('commits the ends where nothing was committed', async () => {
    const coordinator = aCoordinator([[]])

    const started = startFromLatest('billing', ['orders'], { ...coordinator, signal })
    await coordinator.clock.advance(3_000)
    await started

    expect(coordinator.committedFor).toEqual([{ ...place, offset: 40n }])
  })
})
