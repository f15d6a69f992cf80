import { createFakeClock, createFixedRandom } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { keepMember } from './keep-member.ts'
import type { Member } from './member.ts'

type Opening = 'ok' | { readonly type?: string; readonly name?: string; readonly code?: string }

function aKeeper(...openings: readonly Opening[]) {
  const clock = createFakeClock()
  const log: string[] = []
  const closing = new AbortController()
  let opened = 0
  let crash = (_reason: unknown): void => undefined
  const keeper = keepMember({
    async open(onCrash, { formerId }) {
      const opening = openings[Math.min(opened, openings.length - 1)] ?? 'ok'
      opened += 1
      log.push(formerId === undefined ? 'open' : `open as ${formerId}`)
      if (opening !== 'ok') throw Object.assign(new Error('x'), { name: 'KafkaJSProtocolError', ...opening })
      crash = onCrash
      const member = { end: async () => void log.push('end') } as unknown as Member
      return member
    },
    memberId: () => 'm-1',
    onGone: () => log.push('gone'),
    onTrouble: (_reason, what) => log.push(what),
    clock,
    random: createFixedRandom(0.5),
    closing: closing.signal,
  })
  return { keeper, clock, log, closing, crash: (reason: unknown) => crash(reason), opened: () => opened }
}

describe('keeping a member', () => {
  it('puts another in the place of one that ended, under its id, and only after it ended', async () => {
    const { keeper, clock, log, closing, crash } = aKeeper('ok')
    await keeper.open(closing.signal)

    crash(new Error('kafkajs gave up'))
    expect(keeper.member).toBeUndefined()
    await clock.advance(1_000)

    expect(log).toEqual(['open', 'gone', 'crashed', 'end', 'open as m-1'])
    expect(keeper.member).toBeDefined()
  })

  it('goes on trying while the broker is away, at longer and longer distances', async () => {
    const { keeper, clock, log, closing, crash, opened } = aKeeper('ok', {
      name: 'KafkaJSConnectionError',
      code: 'ECONNREFUSED',
    })
    await keeper.open(closing.signal)

    crash(new Error('x'))
    await clock.advance(2_000)
    const first = opened()
    await clock.advance(60_000)

    expect(log.filter((line) => line === 'not-opened').length).toBe(opened() - 1)
    expect(first).toBeGreaterThan(3)
    expect(opened() - first).toBeLessThan(20)
  })

  it('ends its tries when the consumer closes', async () => {
    const { keeper, clock, closing, crash, opened } = aKeeper('ok', { type: 'UNKNOWN' })
    await keeper.open(closing.signal)
    crash(new Error('x'))
    await clock.advance(1_000)
    const before = opened()

    closing.abort()
    await clock.advance(60_000)

    expect(opened()).toBe(before)
    expect(clock.waiting).toBe(0)
  })

  it('waits at the start for a coordinator that is just starting, and gives up at once on what will not pass', async () => {
    const starting = aKeeper({ type: 'GROUP_COORDINATOR_NOT_AVAILABLE' }, 'ok')
    const opening = starting.keeper.open(starting.closing.signal)
    await starting.clock.advance(1_000)
    await expect(opening).resolves.toBeUndefined()

    for (const refusal of [
      { name: 'KafkaJSConnectionError', code: 'ECONNREFUSED' },
      { type: 'GROUP_AUTHORIZATION_FAILED' },
    ]) {
      const { keeper, closing, opened } = aKeeper(refusal)
      await expect(keeper.open(closing.signal)).rejects.toThrow('x')
      expect(opened()).toBe(1)
    }
  })
})
