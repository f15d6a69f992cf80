import { encodeEnvelope } from '@ledgerbus/core'
import {
  anEnvelope,
  aRecord,
  createInMemoryAuditLog,
  createInMemoryBroker,
  eventually,
  type InMemoryBroker,
} from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { projectFolder, type Ran, run, type World } from '../../test/fake-edge.ts'
import { Interruption } from '../edge/interruption.ts'

let broker: InMemoryBroker
let interrupt: AbortController
let world: World & { readonly auditLog: ReturnType<typeof createInMemoryAuditLog> }

beforeEach(async () => {
  broker = createInMemoryBroker()
  interrupt = new AbortController()
  world = { broker, auditLog: createInMemoryAuditLog(), interrupted: interrupt.signal }
  const admin = broker.createAdmin()
  const producer = broker.createProducer()
  await admin.start()
  await producer.start()
  await admin.createTopics([{ name: 'orders', partitions: 3 }])
  await producer.append('orders', 0, [aRecord(), aRecord({ value: null })])
  await producer.close()
  await admin.close()
})

function end(signal: 'SIGINT' | 'SIGTERM'): void {
  interrupt.abort(new Interruption(signal))
}

async function runUntilStored(argv: string, more: World = {}): Promise<Ran> {
  const running = run(argv, { ...world, ...more })
  await eventually(() => world.auditLog.controls.entries().length === 2)
  end('SIGTERM')
  return await running
}

/** Waits for a line of the log by its text. */
function listen(): { readonly hear: (text: string) => void; line(msg: string): Promise<Record<string, unknown>> } {
  const lines: Record<string, unknown>[] = []
  return {
    hear(text) {
      if (text.startsWith('{')) lines.push(JSON.parse(text) as Record<string, unknown>)
    },
    line: (msg) =>
      eventually(() => {
        const found = lines.find((line) => line['msg'] === msg)
        if (found === undefined) throw new Error(`no line says: ${msg}`)
        return found
      }),
  }
}

describe('sink run', () => {
  it('stores what the topics hold until SIGTERM, then drains, reports and ends with 0', async () => {
    const { exitCode, stdout, stderr } = await runUntilStored('sink run --topics orders')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(
      /^stored 2 \(1 undecodable, 1 tombstones\); everything taken from Kafka is stored and committed\n$/u,
    )
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines[0]).toMatchObject({
      level: 'info',
      msg: 'audit sink starting',
      topics: ['orders'],
      brokers: ['memory:1'],
    })
  })

  it('reports as JSON too', async () => {
    const { stdout } = await runUntilStored('sink run --topics orders -o json')
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, counts: { stored: 2 }, isDrained: true, left: [] })
  })

  it('takes the topics of the environment, else of the project file, else of its definitions', async () => {
    const env = { KAFKA_BROKERS: 'memory:1', CLICKHOUSE_URL: 'http://memory:1' }
    expect((await runUntilStored('sink run', { cwd: projectFolder })).exitCode).toBe(0)
    interrupt = new AbortController()
    world = { ...world, auditLog: createInMemoryAuditLog(), interrupted: interrupt.signal }
    const byVariable = { env: { ...env, LEDGERBUS_SINK_TOPICS: 'orders', LEDGERBUS_SINK_GROUP: 'other-sink' } }
    expect((await runUntilStored('sink run', byVariable)).stderr).toContain('other-sink')
  })

  it('reads values in the frame of a schema registry where one is configured', async () => {
    const framed = Uint8Array.of(0, 0, 0, 0, 1, 123)
    const json = new TextDecoder().decode(encodeEnvelope(anEnvelope()))
    const decodeValue = async () => ({ format: 'confluent-json', json }) as const
    const producer = broker.createProducer()
    await producer.start()
    await producer.append('orders', 1, [aRecord({ value: framed })])
    await producer.close()
    const env = { KAFKA_BROKERS: 'memory:1', CLICKHOUSE_URL: 'http://memory:1', SCHEMA_REGISTRY_URL: 'http://memory:2' }
    const running = run('sink run --topics orders', { ...world, env, decodeValue })
    await eventually(() => world.auditLog.controls.entries().length === 3)
    end('SIGTERM')
    expect((await running).exitCode).toBe(0)
    const stored = world.auditLog.controls.entries().find(({ record }) => record.partition === 1)
    expect(stored?.reading).toMatchObject({
      status: 'ok',
      format: 'confluent-json',
      envelope: { name: 'order.created' },
    })
  })

  it('ends with 130 after Ctrl-C, drained all the same', async () => {
    const running = run('sink run --topics orders', world)
    await eventually(() => world.auditLog.controls.entries().length === 2)
    end('SIGINT')
    const { exitCode, stdout } = await running
    expect(exitCode).toBe(130)
    expect(stdout).toMatch(/everything taken from Kafka is stored and committed/u)
  })

  it('waits for Kafka and the log, and goes on by itself', async () => {
    broker.controls.goDown()
    world.auditLog.controls.goDown()
    const said = listen()
    const running = run('sink run --topics orders', { ...world, onStderr: said.hear })
    await said.line('cannot start yet, will try again')
    broker.controls.comeBack()
    world.auditLog.controls.comeBack()
    await eventually(() => world.auditLog.controls.entries().length === 2)
    end('SIGTERM')
    expect((await running).exitCode).toBe(0)
  })

  it('can be interrupted while it waits', async () => {
    broker.controls.goDown()
    const said = listen()
    const running = run('sink run --topics orders --migrate', { ...world, onStderr: said.hear })
    await said.line('cannot start yet, will try again')
    end('SIGINT')
    expect((await running).exitCode).toBe(130)
  })

  it('ends with 3 when it is told no topics', async () => {
    const { exitCode, stderr } = await run('sink run', world)
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/CLI_CONFIGURATION: no topics are given/u)
  })

  it('ends with 2 when a topic does not exist, and guesses the one that was meant', async () => {
    const { exitCode, stderr } = await run('sink run --topics ordres', world)
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/CLI_TOPIC_UNKNOWN: there is no topic ordres; did you mean orders\?/u)
  })

  it('answers the probes: alive at once, ready once it reads, not ready while it drains', async () => {
    world.auditLog.controls.goDown()
    const said = listen()
    const running = run('sink run --topics orders --probe-host 127.0.0.1 --probe-port 0', {
      ...world,
      onStderr: said.hear,
    })
    const { port } = await said.line('probes listen')
    const ask = async (path: string): Promise<string> => {
      const response = await fetch(`http://127.0.0.1:${String(port)}${path}`)
      return `${response.status} ${(await response.text()).trim()}`
    }
    expect(await ask('/livez')).toBe('200 ok')
    expect(await ask('/readyz')).toBe('503 not ok')
    expect(await ask('/metrics')).toMatch(/^200 # HELP ledgerbus_sink_records_stored_total /u)
    expect(await ask('/startupz?verbose')).toBe('503 starting')
    expect(await ask('/readyz?verbose')).toMatch(/503 starting: waiting for Kafka or the audit log/u)
    expect(await ask('/')).toMatch(/^404 /u)

    world.auditLog.controls.comeBack()
    await eventually(async () => (await ask('/readyz')) === '200 ok')
    expect(await ask('/readyz?verbose')).toMatch(/200 3 partitions, lag \d+/u)
    end('SIGTERM')
    expect((await running).exitCode).toBe(0)
  })

  it('ends with 3 when the port of the probes is taken', async () => {
    const { createServer } = await import('node:http')
    const other = createServer().listen(0, '127.0.0.1')
    await eventually(() => other.listening)
    const { port } = other.address() as { port: number }
    const { exitCode, stderr } = await run(
      `sink run --topics orders --probe-host 127.0.0.1 --probe-port ${port}`,
      world,
    )
    other.close()
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/the probes cannot listen/u)
  })
})
