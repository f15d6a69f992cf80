import { createFakeClock, createGate } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import type { ProducerSession } from './producer-session.ts'
import { createSessionPool } from './session-pool.ts'

function aPool() {
  const ended: number[] = []
  let opened = 0
  const pool = createSessionPool(async () => {
    opened += 1
    const number = opened
    const session: ProducerSession = {
      send: async () => ({ kind: 'not-sent' }),
      async end() {
        ended.push(number)
      },
    }
    return session
  })
  return { pool, ended, opened: () => opened }
}

describe('session pool', () => {
  it('gives all batches one session', async () => {
    const { pool, opened } = aPool()

    const [one, other] = await Promise.all([pool.lease(), pool.lease()])

    expect(one.session).toBe(other.session)
    expect(opened()).toBe(1)
  })

  it('keeps a session that nobody uses at the moment', async () => {
    const { pool, ended } = aPool()
    const { session, release } = await pool.lease()
    release()

    expect((await pool.lease()).session).toBe(session)
    expect(ended).toEqual([])
  })

  it('gives a discarded session to nobody any more, and ends it when the last batch on it is over', async () => {
    const { pool, ended } = aPool()
    const doubtful = await pool.lease()
    const other = await pool.lease()

    doubtful.discard()
    const next = await pool.lease()
    expect(next.session).not.toBe(other.session)
    expect(ended).toEqual([])

    other.release()
    other.release()
    await createFakeClock().advance(0)
    expect(ended).toEqual([1])
  })

  it('tries again after a session that could not be opened', async () => {
    let isAway = true
    const pool = createSessionPool(async () => {
      if (isAway) throw new Error('no broker')
      return { send: async () => ({ kind: 'not-sent' }), end: async () => undefined }
    })
    await expect(pool.lease()).rejects.toThrow('no broker')

    isAway = false

    await expect(pool.lease()).resolves.toBeDefined()
  })

  it('waits in close for a session that is being opened, and ends it', async () => {
    const gate = createGate()
    const ended: string[] = []
    const pool = createSessionPool(async () => {
      await gate.opened
      return { send: async () => ({ kind: 'not-sent' }), end: async () => void ended.push('ended') }
    })
    const leasing = pool.lease()

    const closing = pool.close()
    gate.open()
    await Promise.all([leasing, closing])

    expect(ended).toEqual(['ended'])
  })
})
