import { createGate } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createTopicConnections } from './topic-connections.ts'

const orders = { topic: 'orders', partition: 0 }
const users = { topic: 'users', partition: 0 }

function connectionsOver(fetch: (name: string) => Promise<undefined>) {
  const opened: string[] = []
  const ended: string[] = []
  const connections = createTopicConnections((topic) => {
    const name = `${topic} ${opened.filter((other) => other.startsWith(topic)).length + 1}`
    opened.push(name)
    return {
      fetch: () => fetch(name),
      async end() {
        ended.push(name)
      },
    }
  })
  return { connections, opened, ended }
}

describe('connections of a reader', () => {
  it('are one a topic, and used again', async () => {
    const { connections, opened } = connectionsOver(async () => undefined)

    await connections.fetch(orders, 0n)
    await connections.fetch({ ...orders, partition: 1 }, 0n)
    await connections.fetch(users, 0n)

    expect(opened).toEqual(['orders 1', 'users 1'])
  })

  it('are given up after a failure, once, without those of other topics', async () => {
    const both = createGate()
    const { connections, opened, ended } = connectionsOver(async (name) => {
      await both.opened
      if (name === 'orders 1') throw new Error('broken')
    })

    const fetches = [connections.fetch(orders, 0n), connections.fetch(orders, 5n), connections.fetch(users, 0n)]
    both.open()
    expect((await Promise.allSettled(fetches)).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'fulfilled',
    ])
    await connections.fetch(orders, 0n)
    await connections.fetch(users, 0n)

    expect(opened).toEqual(['orders 1', 'users 1', 'orders 2'])
    expect(ended).toEqual(['orders 1'])
  })

  it('all end with the reader, which opens no more of them', async () => {
    const { connections, opened, ended } = connectionsOver(async () => undefined)
    await connections.fetch(orders, 0n)
    await connections.fetch(users, 0n)

    await connections.close()

    expect(ended).toEqual(['orders 1', 'users 1'])
    await expect(connections.fetch(orders, 0n)).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
    expect(opened).toHaveLength(2)
  })
})
