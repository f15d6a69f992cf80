import { describe, expect, it } from 'vitest'
import { eventually } from './eventually.ts'
import { createFakeClock } from './fakes/fake-clock.ts'

describe('eventually', () => {
  it('returns what the check returned as soon as it neither throws nor is false', async () => {
    const clock = createFakeClock()
    const answers: (() => string | false)[] = [
      () => false,
      () => {
        throw new Error('not yet')
      },
      () => 'there',
    ]
    const waiting = eventually(() => answers.shift()?.() ?? false, { clock, intervalMs: 10 })

    await clock.advance(20)

    await expect(waiting).resolves.toBe('there')
    expect(clock.monotonicMs()).toBe(20)
  })

  it('gives up at the deadline with the last failure as its cause', async () => {
    const clock = createFakeClock()
    const failure = new Error('expected 3 to be 4')
    const waiting = eventually(
      () => {
        throw failure
      },
      { clock, timeoutMs: 50, intervalMs: 20 },
    )
    const verdict = expect(waiting).rejects.toMatchObject({
      code: 'TESTKIT_NOT_IN_TIME',
      message: 'not within 50 ms: expected 3 to be 4',
      cause: failure,
    })

    await clock.advance(50)

    await verdict
  })

  it('ends with the reason of an abort', async () => {
    const reason = new Error('the test is over')

    await expect(eventually(() => false, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})
