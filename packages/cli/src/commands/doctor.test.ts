import {
  createInMemoryAuditLog,
  createInMemoryBroker,
  type InMemoryAuditLog,
  type InMemoryBroker,
} from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { projectFolder, run, type World } from '../../test/fake-edge.ts'

let broker: InMemoryBroker
let auditLog: InMemoryAuditLog
let world: World

/** A network where ClickHouse and a registry answer. */
const network: typeof fetch = async (input) =>
  typeof input === 'string' && input.includes('subjects')
    ? new Response('["orders-value"]')
    : new Response('26.7.2.1\n')

beforeEach(async () => {
  broker = createInMemoryBroker()
  auditLog = createInMemoryAuditLog()
  world = { broker, auditLog, fetch: network, cwd: projectFolder }
  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics([{ name: 'orders', partitions: 3 }])
  await admin.close()
})

const env = { KAFKA_BROKERS: 'memory:1', CLICKHOUSE_URL: 'http://memory:1' }

describe('doctor', () => {
  it('finds everything well, and says in which version and where', async () => {
    const { exitCode, stdout, stderr } = await run('doctor', world)
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^ok {7}ledgerbus +version \d/mu)
    expect(stdout).toMatch(/^ok {7}configuration +.+ledgerbus\.config\.ts with 2 events$/mu)
    expect(stdout).toMatch(/^ok {7}kafka +memory:1: cluster in-memory, 1 topics$/mu)
    expect(stdout).toMatch(/^ok {7}topics +all 1 of the definitions exist$/mu)
    expect(stdout).toMatch(/^ok {7}clickhouse +http:\/\/memory:1: version 26\.7\.2\.1$/mu)
    expect(stdout).toMatch(/^ok {7}audit log/mu)
    expect(stdout).toMatch(/^absent {3}schema registry/mu)
  })

  it('is one value as JSON', async () => {
    const { stdout } = await run('doctor -o json', {
      ...world,
      env: { ...env, SCHEMA_REGISTRY_URL: 'http://memory:2/ccompat/v7' },
    })
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      checks: expect.arrayContaining([
        { name: 'schema registry', status: 'ok', said: 'http://memory:2/ccompat/v7: 1 subjects' },
      ]) as unknown,
    })
  })

  it('says what is missing where nothing is configured', async () => {
    const { exitCode, stdout, stderr } = await run('doctor', { env: {} })
    expect(exitCode).toBe(3)
    expect(stdout).toMatch(/^problem {2}kafka +CLI_CONFIGURATION: no address of Kafka is given$/mu)
    expect(stdout).toMatch(/^ +set KAFKA_BROKERS=/mu)
    expect(stdout).toMatch(/^problem {2}clickhouse/mu)
    expect(stderr).toMatch(/error: {2}CLI_UNHEALTHY: kafka, clickhouse: see above/u)
  })

  it('looks at the rest when one server is down', async () => {
    broker.controls.goDown()
    const { exitCode, stdout } = await run('doctor', world)
    expect(exitCode).toBe(3)
    expect(stdout).toMatch(/^problem {2}kafka +BROKER_UNREACHABLE/mu)
    expect(stdout).toMatch(/^ok {7}clickhouse/mu)
  })

  it('names the topics of the definitions that do not exist', async () => {
    const { stdout } = await run('doctor', { ...world, broker: createInMemoryBroker() })
    expect(stdout).toMatch(/^problem {2}topics +missing: orders\n +run `ledgerbus topic apply`$/mu)
  })

  it.each([
    [
      'refuses the password',
      async () => new Response('secret text', { status: 403, statusText: 'Forbidden' }),
      /answers 403 Forbidden\n +correct the user/u,
    ],
    [
      'is not there',
      () => Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })),
      /does not answer: fetch failed: connect ECONNREFUSED/u,
    ],
  ] satisfies [string, typeof fetch, RegExp][])(
    'says that ClickHouse %s, without what its answer holds',
    async (_what, answer, message) => {
      const { exitCode, stdout } = await run('doctor', { ...world, fetch: answer })
      expect(exitCode).toBe(3)
      expect(stdout).toMatch(message)
      expect(stdout).not.toContain('secret text')
    },
  )

  it('says what is wrong with the environment, without its values', async () => {
    const { exitCode, stdout } = await run('doctor', { ...world, env: { ...env, KAFKA_SSL: 'perhaps' } })
    expect(exitCode).toBe(3)
    expect(stdout).toMatch(
      /^problem {2}configuration +CLI_CONFIGURATION: the environment: KAFKA_SSL must be true or false$/mu,
    )
    expect(stdout).not.toContain('perhaps')
  })
})
