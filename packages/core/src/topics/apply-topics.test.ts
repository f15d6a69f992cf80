import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../errors/configuration-error.ts'
import type { BrokerAdmin, TopicDescription, TopicSpec } from '../ports/broker-admin.ts'
import { applyTopics } from './apply-topics.ts'

/** The three calls that are used, over a map of topics; `beforeCreate` is another process that gets in first. */
function adminOver(topics: Record<string, number>, beforeCreate: Record<string, number> = {}) {
  const created: string[] = []
  const calls: Pick<BrokerAdmin, 'describeTopics' | 'createTopics'> = {
    describeTopics: (names) =>
      Promise.resolve(names.flatMap((name) => (topics[name] === undefined ? [] : [describing(name, topics[name])]))),
    createTopics: (specs) => {
      Object.assign(topics, beforeCreate)
      const missing = specs.filter((spec) => topics[spec.name] === undefined)
      for (const spec of missing) topics[spec.name] = spec.partitions
      created.push(...missing.map((spec) => spec.name))
      return Promise.resolve(missing.map((spec) => spec.name))
    },
  }
  return { admin: calls as BrokerAdmin, topics, created }
}

function describing(name: string, partitions: number): TopicDescription {
  return { name, partitions, replicationFactor: 1, underReplicated: 0, settings: {} }
}

const orders: TopicSpec = { name: 'orders', partitions: 6 }
const users: TopicSpec = { name: 'users', partitions: 3 }

describe('applying topics', () => {
  it('creates what is missing and leaves the rest as it is', async () => {
    const { admin, topics } = adminOver({ orders: 6 })
    expect(await applyTopics(admin, [orders, users], { mode: 'create' })).toEqual({
      created: ['users'],
      present: ['orders'],
      differing: [],
      missing: [],
    })
    expect(topics).toEqual({ orders: 6, users: 3 })
  })

  it('changes nothing when everything is there', async () => {
    const { admin, created } = adminOver({ orders: 6, users: 3 })
    const report = await applyTopics(admin, [orders, users], { mode: 'create' })
    expect(report.present).toEqual(['orders', 'users'])
    expect(created).toEqual([])
  })

  it('reports topics with fewer or more partitions and never changes them', async () => {
    const { admin, topics } = adminOver({ orders: 2, users: 12 })
    const report = await applyTopics(admin, [orders, users], { mode: 'create' })
    expect(report).toEqual({
      created: [],
      present: [],
      differing: [
        { name: 'orders', kind: 'fewer', declaredPartitions: 6, actualPartitions: 2 },
        { name: 'users', kind: 'more', declaredPartitions: 3, actualPartitions: 12 },
      ],
      missing: [],
    })
    expect(topics).toEqual({ orders: 2, users: 12 })
  })

  it('sees what another process created in the meantime', async () => {
    const { admin } = adminOver({}, { orders: 6, users: 1 })
    expect(await applyTopics(admin, [orders, users], { mode: 'create' })).toEqual({
      created: [],
      present: ['orders'],
      differing: [{ name: 'users', kind: 'fewer', declaredPartitions: 3, actualPartitions: 1 }],
      missing: [],
    })
  })

  it('passes the broker’s refusal on', async () => {
    const { admin } = adminOver({})
    const refusal = new ConfigurationError('topics', ['not allowed'])
    admin.createTopics = () => Promise.reject(refusal)
    await expect(applyTopics(admin, [orders], { mode: 'create' })).rejects.toBe(refusal)
  })
})

describe('checking topics', () => {
  it('names every missing topic with the remedy, and creates none', async () => {
    const { admin, created } = adminOver({ users: 3 })
    const check = applyTopics(admin, [orders, users, { name: 'payments', partitions: 1 }], { mode: 'check' })
    await expect(check).rejects.toThrow(ConfigurationError)
    await expect(check).rejects.toMatchObject({ code: 'TOPICS_MISSING' })
    await expect(check).rejects.toThrow(
      'orders (6 partitions) does not exist; payments (1 partitions) does not exist; create them with: ledgerbus topic apply',
    )
    expect(created).toEqual([])
  })

  it('reports differences without an error', async () => {
    const { admin } = adminOver({ orders: 2, users: 3 })
    const report = await applyTopics(admin, [orders, users], { mode: 'check' })
    expect(report.present).toEqual(['users'])
    expect(report.differing).toHaveLength(1)
  })
})
