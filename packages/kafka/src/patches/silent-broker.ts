import type { ISocketFactory } from 'kafkajs'
import type { ClientModules } from './client-modules.ts'

interface Connection {
  readonly socketFactory: ISocketFactory
  readonly socket?: { destroy(error: Error): void } | null
  readonly requestQueue: { requestTimeout: number }
}

interface Broker {
  readonly brokerAddress: string
  /** What the broker understands, from the handshake; brokers found through another one are given it, and are not asked. */
  versions: object | null
  isConnected(): boolean
  readonly connectionPool: {
    readonly socketFactory: ISocketFactory
    readonly connectionTimeout: number
    readonly pool: readonly Connection[]
  }
}

type ConnectionError = new (message: string, facts: { readonly broker: string }) => Error

const ours = new WeakSet<ISocketFactory>()

/** Clients whose sockets come from here let go of brokers that do not answer. Others stay as kafkajs made them. */
export function letGoOfSilentBrokers(factory: ISocketFactory): void {
  ours.add(factory)
}

function isTimeout(error: unknown): error is Error {
  return error instanceof Error && error.name === 'KafkaJSRequestTimeoutError'
}

/**
 * A broker that is frozen keeps its connections, and its system accepts new ones. kafkajs takes them for good, and it asks one of those that are
 * connected who leads: a client that knows a frozen broker waits for it again and again, and one that finds it first among its addresses
 * says "Broker not connected" until it thaws, however many others are well.
 *
 * - A connection on which a request was not answered in time is ended, as Java's client does it.
 * - A handshake has the time of a connection, and without an answer its connection was not made: kafkajs then tries the next of the addresses.
 */
export function patchSilentBroker(modules: ClientModules): void {
  endUnansweredConnections(modules)
  failUnansweredHandshakes(modules)
}

function endUnansweredConnections(modules: ClientModules): void {
  const { prototype } = modules.load('src/network/connection') as {
    readonly prototype: { send: (this: Connection, request: unknown) => Promise<unknown> }
  }
  const send = prototype.send
  prototype.send = async function sendOrEnd(request) {
    try {
      return await send.call(this, request)
    } catch (error) {
      if (isTimeout(error) && ours.has(this.socketFactory)) this.socket?.destroy(error)
      throw error
    }
  }
}

function failUnansweredHandshakes(modules: ClientModules): void {
  const { prototype } = modules.load('src/broker/index') as {
    readonly prototype: { connect: (this: Broker) => Promise<void> }
  }
  const { KafkaJSConnectionError } = modules.load('src/errors') as { readonly KafkaJSConnectionError: ConnectionError }
  const connect = prototype.connect
  prototype.connect = async function connectOrFail() {
    const { connectionPool, brokerAddress } = this
    if (!ours.has(connectionPool.socketFactory)) return connect.call(this)
    // Each new connection begins with a handshake, also one to a broker that is known: it may have been frozen since.
    if (!this.isConnected()) this.versions = null
    if (this.versions !== null) return connect.call(this)
    const usual = connectionPool.pool.map(({ requestQueue }) => [requestQueue, requestQueue.requestTimeout] as const)
    for (const [queue, timeoutMs] of usual) queue.requestTimeout = Math.min(timeoutMs, connectionPool.connectionTimeout)
    try {
      await connect.call(this)
    } catch (error) {
      if (!isTimeout(error)) throw error
    } finally {
      for (const [queue, timeoutMs] of usual) queue.requestTimeout = timeoutMs
    }
    // Whoever waited for somebody else's handshake is told by kafkajs that all is well.
    if (this.versions === null)
      throw new KafkaJSConnectionError('The broker took the connection and answered nothing', { broker: brokerAddress })
  }
}
