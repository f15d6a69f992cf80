import { Writable } from 'node:stream'
import { createFakeClock } from '@ledgerbus/testkit'
import { expect, describe, it } from 'vitest'
import { createProgress } from './progress.ts'

function told(isTTY: boolean) {
  const parts: string[] = []
  const stderr = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      parts.push(chunk)
      done()
    },
  })
  return { stderr: Object.assign(stderr, { isTTY }), clock: createFakeClock(), text: () => parts.join('') }
}

describe('progress where nobody sits at a terminal', () => {
  it('is a line every ten seconds, with rate and time left', async () => {
    const edge = told(false)
    const progress = await createProgress(edge, { what: 'replaying', total: 1_200, done: 200 })
    await edge.clock.advance(9_999)
    progress.update(400)
    expect(edge.text()).toBe('')
    await edge.clock.advance(1)
    progress.update(700)
    progress.update(710)
    expect(edge.text()).toBe('replaying: 700 of 1,200, 50/s, 10.0 s left\n')
  })

  it('takes the rate it is told for better than its own', async () => {
    const edge = told(false)
    const progress = await createProgress(edge, { what: 'replaying', total: 1_200, done: 0 })
    await edge.clock.advance(10_000)
    progress.update(1_000, { ratePerSecond: 20 })
    expect(edge.text()).toBe('replaying: 1,000 of 1,200, 20/s, 10.0 s left\n')
  })

  it('says at once that it waits and for what, and that it goes on', async () => {
    const edge = told(false)
    const progress = await createProgress(edge, { what: 'replaying', total: 10, done: 0 })
    await edge.clock.advance(1_000)
    progress.update(5, { waitingFor: 'group billing' })
    progress.update(5, { waitingFor: 'group billing, still' })
    progress.update(6, { ratePerSecond: 2 })
    progress.stop()
    expect(edge.text()).toBe('replaying: 5 of 10, waits for group billing\nreplaying: 6 of 10, 2/s, 2.0 s left\n')
  })
})

describe('progress at a terminal', () => {
  it('is a bar with count, rate and time left, or what it waits for', async () => {
    const edge = told(true)
    const progress = await createProgress(edge, { what: 'replaying', total: 10, done: 0 })
    progress.update(5, { ratePerSecond: 2 })
    progress.stop()
    expect(edge.text()).toMatch(/replaying .+ 50% \| 5\/10 \| 2\/s, 2\.5 s left/u)
    const waiting = told(true)
    const other = await createProgress(waiting, { what: 'replaying', total: 10, done: 0 })
    other.update(5, { waitingFor: 'group billing' })
    other.stop()
    expect(waiting.text()).toMatch(/\| waits for group billing/u)
  })
})
