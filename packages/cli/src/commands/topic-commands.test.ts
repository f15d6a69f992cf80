import type { NextOffset } from '@ledgerbus/core'
import { aRecord, createInMemoryBroker, type InMemoryBroker } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { projectFolder, run } from '../../test/fake-edge.ts'

let broker: InMemoryBroker

/** `orders` holds two and one records; `billing` has read one of them. */
beforeEach(async () => {
  broker = createInMemoryBroker()
  const admin = broker.createAdmin()
  const producer = broker.createProducer()
  await admin.start()
  await producer.start()
  await admin.createTopics([
    { name: 'orders', partitions: 2 },
    { name: 'users', partitions: 1 },
  ])
  await producer.append('orders', 0, [aRecord(), aRecord()])
  await producer.append('orders', 1, [aRecord()])
  await admin.setGroupOffsets('billing', [{ topic: 'orders', partition: 0, offset: 1n as NextOffset }])
  await producer.close()
  await admin.close()
})

describe('topic list', () => {
  it('shows the topics in columns', async () => {
    const { exitCode, stdout } = await run('topic list', { broker })
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^TOPIC +PARTITIONS/u)
    expect(stdout).toMatch(/\norders +2 /u)
  })

  it('is one value as json, one object a line as jsonl, nothing as none', async () => {
    const json = JSON.parse((await run('topic list -o json', { broker })).stdout) as { topics: unknown[] }
    expect(json).toMatchObject({ schemaVersion: 1, topics: [{ name: 'orders', partitions: 2 }, { name: 'users' }] })
    const lines = (await run('topic list -o jsonl', { broker })).stdout.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { schemaVersion: 1, name: 'orders' },
      { schemaVersion: 1, name: 'users' },
    ])
    expect((await run('topic list -o none', { broker })).stdout).toBe('')
  })

  it('says what to do where there are none', async () => {
    expect((await run('topic list')).stdout).toMatch(/ledgerbus topic apply/u)
  })
})

describe('topic status', () => {
  it('shows offsets by partition and the lag of each group', async () => {
    const { stdout } = await run('topic status orders', { broker })
    expect(stdout).toMatch(/topic orders: 2 partitions, .* 3 offsets/u)
    expect(stdout).toMatch(/billing +Empty +0 +2/u)
  })

  it('has offsets as texts in JSON', async () => {
    const { stdout } = await run('topic status orders -o json', { broker })
    expect(JSON.parse(stdout)).toMatchObject({
      topic: {
        partitions: [
          { partition: 0, low: '0', end: '2' },
          { partition: 1, low: '0', end: '1' },
        ],
        groups: [{ groupId: 'billing', lag: '2' }],
      },
    })
  })

  it('guesses the name that was meant', async () => {
    const { exitCode, stderr } = await run('topic status ordres', { broker })
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/CLI_TOPIC_UNKNOWN: there is no topic ordres; did you mean orders\?/u)
  })
})

describe('consumer lag', () => {
  it('shows where the group stands in each partition', async () => {
    const { exitCode, stdout } = await run('consumer lag billing', { broker })
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/group billing: Empty, 0 members, lag 2/u)
    expect(stdout).toMatch(/orders +0 +1 +2 +1/u)
    expect(stdout).toMatch(/orders +1 +- +1 +1/u)
  })

  it('of a group without a commit in any topic is not known, and is not called 0', async () => {
    // Kafka keeps a group whose members left before they committed; the in-memory broker forgets it.
    const group = {
      listGroups: async () => ['fresh'],
      describeGroup: async () => ({ groupId: 'fresh', state: 'Empty', members: [] }) as const,
    }
    const kept = { ...broker, createAdmin: () => ({ ...broker.createAdmin(), ...group }) }
    const { stdout } = await run('consumer lag fresh', { broker: kept })
    expect(stdout).toMatch(/^group fresh: Empty, 0 members, lag unknown$/mu)
    const facts: unknown = JSON.parse((await run('consumer lag fresh -o json', { broker: kept })).stdout)
    expect(facts).toMatchObject({ groupId: 'fresh', partitions: [] })
    expect(facts).not.toHaveProperty('lag')
  })

  it('guesses the group that was meant, or names those there are', async () => {
    expect((await run('consumer lag biling', { broker })).stderr).toMatch(/did you mean billing\?/u)
    const { exitCode, stderr } = await run('consumer lag warehouse', { broker })
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/remedy: the groups are billing/u)
  })
})

describe('topic apply', () => {
  it('creates the topics of the definitions, and leaves them alone the second time', async () => {
    const empty = createInMemoryBroker()
    const world = { broker: empty, cwd: projectFolder }
    expect((await run('topic apply', world)).stdout).toBe('created  orders\n')
    expect((await run('topic apply', world)).stdout).toBe('present  orders\n')
    expect((await run('topic apply --check', world)).exitCode).toBe(0)
  })

  it('changes nothing with --check, and fails when a topic is missing', async () => {
    const empty = createInMemoryBroker()
    const { exitCode, stderr } = await run('topic apply --check', { broker: empty, cwd: projectFolder })
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/CLI_TOPICS_DIFFER: .*orders/u)
    expect((await run('topic list -o jsonl', { broker: empty })).stdout).toBe('')
  })

  it('reports a topic with another number of partitions, and leaves it as it is', async () => {
    const { exitCode, stdout, stderr } = await run('topic apply', { broker, cwd: projectFolder })
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/differs {2}orders: 2 partitions, declared are 3/u)
    expect(stderr).toMatch(/CLI_TOPICS_DIFFER/u)
  })

  it('needs definitions, and says where they stand', async () => {
    const { exitCode, stderr } = await run('topic apply', { broker })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/ledgerbus\.config\.ts/u)
  })
})
