import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalKafka, startKafka } from '../src/index.ts'
import { askBroker } from '../src/kafka/ask-broker.ts'
import { type BrokerNode, clusterMissing } from '../src/kafka/kafka-readiness.ts'
import { describeGroup, findCoordinator, initProducerId, metadata } from '../src/kafka/kafka-wire.ts'

const never = new AbortController().signal
/** A killed broker may come back after this time; the default would only make these tests longer. */
const settings = { 'broker.session.timeout.ms': 2_000, 'broker.heartbeat.interval.ms': 500 }

function nodesOf(kafka: LocalKafka): readonly BrokerNode[] {
  return kafka.brokers.map(({ nodeId, ports }) => ({ nodeId, host: '127.0.0.1', port: ports.client }))
}

function nodeOf(kafka: LocalKafka, index: number): BrokerNode {
  const node = nodesOf(kafka)[index]
  if (node === undefined) throw new Error(`there is no broker ${index}`)
  return node
}

describe('a Kafka of one broker', () => {
  const somebody = createServer()
  let takenPort: number
  let kafka: LocalKafka

  beforeAll(async () => {
    await once(somebody.listen(0, '127.0.0.1'), 'listening')
    takenPort = (somebody.address() as AddressInfo).port
    kafka = await startKafka({ settings, preferredPorts: [takenPort] })
  })
  afterAll(async () => {
    await kafka?.stop()
    somebody.close()
  })

  it('takes another port where somebody has the preferred one', () => {
    expect(kafka.brokers[0]?.ports.client).not.toBe(takenPort)
  })

  it('serves a first group, transaction and idempotent producer at once, the moment it is there', async () => {
    const broker = nodeOf(kafka, 0)
    const requests = [findCoordinator(randomUUID(), 'group'), findCoordinator(randomUUID(), 'transaction')]
    const groups = Array.from({ length: 20 }, () => describeGroup(randomUUID()))
    expect(await askBroker(broker, [...requests, initProducerId(), ...groups], never)).toEqual(
      Array.from({ length: 23 }, () => 0),
    )
  })

  it('makes no topic because somebody asks for it', async () => {
    const broker = nodeOf(kafka, 0)
    const unknownTopic = 3
    const [answer] = await askBroker(broker, [metadata(['ordrs'])], never)
    expect(answer?.topics).toMatchObject([{ name: 'ordrs', error: unknownTopic }])
  })

  it('says in its log what it does', async () => {
    expect(await readFile(kafka.brokers[0]?.logFile ?? '', 'utf8')).toContain('Kafka Server started')
  })

  it('comes back on the same folder and ports after kill -9, with another process', async () => {
    const [broker] = kafka.brokers
    const before = broker?.pid
    expect(await broker?.kill('SIGKILL')).toBe(true)
    await expect(askBroker(nodeOf(kafka, 0), [metadata([])], never)).rejects.toThrow('cannot be reached')

    await broker?.restart()
    await kafka.untilReady()
    expect(broker?.pid).not.toBe(before)
    expect(await clusterMissing(nodesOf(kafka), never)).toBeUndefined()
  })

  it('is gone with its data when it is stopped', async () => {
    await Promise.all([kafka.stop(), kafka.stop()])
    expect(existsSync(kafka.dataDir)).toBe(false)
    expect(existsSync(kafka.brokers[0]?.logFile ?? '')).toBe(true)
    await expect(kafka.brokers[0]?.restart()).rejects.toMatchObject({ code: 'STACK_STOPPED' })
  })
})

describe('a Kafka that cannot start', () => {
  it('shows the reason that the broker gave, and leaves no data', async () => {
    const start = startKafka({ settings: { 'log.segment.bytes': 1 } })
    await expect(start).rejects.toMatchObject({
      code: 'STACK_SERVER_DIED',
      message: expect.stringContaining('log.segment.bytes'),
    })
  })

  it('is given up when the signal aborts', async () => {
    const signal = AbortSignal.timeout(700)
    await expect(startKafka({ signal })).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }))
  })
})

describe('a Kafka of three brokers', () => {
  let kafka: LocalKafka

  beforeAll(async () => {
    kafka = await startKafka({ brokers: 3, settings, advertise: ({ port }) => ({ host: 'localhost', port }) })
  })
  afterAll(() => kafka?.stop())

  it('advertises to clients what it was told to', () => {
    expect(kafka.addresses).toEqual(kafka.brokers.map(({ ports }) => `localhost:${ports.client}`))
  })

  it('keeps three copies of its own topics', async () => {
    const [answer] = await askBroker(nodeOf(kafka, 0), [metadata(['__consumer_offsets'])], never)
    expect(answer?.topics[0]?.partitions.map(({ replicas }) => replicas.length)).toEqual(Array(10).fill(3))
  })

  it('goes on without one of them, and is whole again after its restart', async () => {
    const [first, second] = kafka.brokers
    await first?.kill('SIGKILL')
    await second?.kill('SIGSTOP')
    await second?.kill('SIGCONT')
    const other = nodeOf(kafka, 1)
    await expect.poll(() => clusterSees(other), { timeout: 20_000 }).toEqual([2, 3])

    await first?.restart()
    await kafka.untilReady()
    expect((await clusterSees(other)).toSorted()).toEqual([1, 2, 3])
  })
})

async function clusterSees(node: BrokerNode): Promise<readonly number[]> {
  const [answer] = await askBroker(node, [metadata([])], never)
  return answer?.nodeIds ?? []
}
