import type { ISocketFactory } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { letGoOfSilentBrokers, patchSilentBroker } from './silent-broker.ts'

class KafkaJSConnectionError extends Error {}

function aTimeout(): Error {
  return Object.assign(new Error('Request ApiVersions timed out'), { name: 'KafkaJSRequestTimeoutError' })
}

/** A broker and its connection in the manner of kafkajs; what they do comes to its end as told. */
function patched(
  answer: (broker?: { versions: object | null }) => Promise<void>,
  { isOurs = true }: { readonly isOurs?: boolean } = {},
) {
  const told: unknown[] = []
  const socketFactory = (() => undefined) as unknown as ISocketFactory
  if (isOurs) letGoOfSilentBrokers(socketFactory)
  class Connection {
    readonly socketFactory = socketFactory
    readonly requestQueue = { requestTimeout: 15_000 }
    readonly socket = { destroy: (error: Error) => told.push(error.message) }
    send(_request: unknown): Promise<void> {
      return answer()
    }
  }
  class Broker {
    versions: object | null = null
    isOpen = false
    readonly brokerAddress = 'kafka:9092'
    readonly connectionPool = { socketFactory, connectionTimeout: 2_000, pool: [new Connection()] }
    isConnected(): boolean {
      return this.isOpen
    }
    connect(): Promise<void> {
      told.push(this.connectionPool.pool[0]?.requestQueue.requestTimeout)
      return answer(this)
    }
  }
  const files: Readonly<Record<string, unknown>> = {
    'src/errors': { KafkaJSConnectionError },
    'src/network/connection': Connection,
    'src/broker/index': Broker,
  }
  patchSilentBroker({ load: (path) => files[path], replace: () => undefined })
  return { broker: new Broker(), connection: new Connection(), told }
}

describe('a connection', () => {
  it('on which a request timed out is ended: nothing else of it can be trusted to be answered', async () => {
    const { connection, told } = patched(() => Promise.reject(aTimeout()))

    await expect(connection.send({})).rejects.toThrow('timed out')

    expect(told).toEqual(['Request ApiVersions timed out'])
  })

  it('on which a request was refused stays', async () => {
    const { connection, told } = patched(() => Promise.reject(new Error('not leader')))

    await expect(connection.send({})).rejects.toThrow('not leader')

    expect(told).toEqual([])
  })

  it('of another client in the process stays whatever happens', async () => {
    const { connection, told } = patched(() => Promise.reject(aTimeout()), { isOurs: false })

    await expect(connection.send({})).rejects.toThrow('timed out')

    expect(told).toEqual([])
  })
})

describe('a handshake', () => {
  it('has the time of a connection, and what follows it the time of a request', async () => {
    const { broker, told } = patched(async (self) => {
      if (self !== undefined) self.versions = {}
    })

    await broker.connect()

    expect(told).toEqual([2_000])
    expect(broker.connectionPool.pool[0]?.requestQueue.requestTimeout).toBe(15_000)
  })

  it.each([
    ['times out', () => Promise.reject(aTimeout())],
    ['another caller saw time out', () => Promise.resolve()],
  ])('that %s is a connection that was not made', async (_how, answer) => {
    const { broker } = patched(answer)

    await expect(broker.connect()).rejects.toBeInstanceOf(KafkaJSConnectionError)

    expect(broker.connectionPool.pool[0]?.requestQueue.requestTimeout).toBe(15_000)
  })

  it('is repeated with each new connection to a broker that is known, and not on one that stands', async () => {
    const { broker, told } = patched(() => Promise.reject(aTimeout()))
    broker.versions = {}

    broker.isOpen = true
    await expect(broker.connect()).rejects.toThrow('timed out')
    expect(broker.versions).toEqual({})
    broker.isOpen = false
    await expect(broker.connect()).rejects.toBeInstanceOf(KafkaJSConnectionError)

    expect(told).toEqual([15_000, 2_000])
  })

  it('that fails otherwise fails as it did', async () => {
    const refused = new Error('SASL says no')

    await expect(patched(() => Promise.reject(refused)).broker.connect()).rejects.toBe(refused)
  })

  it('of another client in the process stays as kafkajs made it', async () => {
    const { broker, told } = patched(() => Promise.reject(aTimeout()), { isOurs: false })

    await expect(broker.connect()).rejects.toThrow('ApiVersions timed out')

    expect(told).toEqual([15_000])
  })
})
