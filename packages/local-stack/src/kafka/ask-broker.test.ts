import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { askBroker, type BrokerAddress } from './ask-broker.ts'
import { apiVersions, describeTransaction, encodeRequest } from './kafka-wire.ts'

const servers: Server[] = []
const never = new AbortController().signal

/** A broker made of one function; it gets the first bytes of each connection. */
async function aBroker(answer: (socket: Socket, request: Buffer) => void): Promise<BrokerAddress> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (request) => answer(socket, request))
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

/** The answer to an ApiVersions request: correlation id, error code. */
function anAnswer(correlationId: number, error: number): Buffer {
  const frame = Buffer.alloc(10)
  frame.writeInt32BE(6, 0)
  frame.writeInt32BE(correlationId, 4)
  frame.writeInt16BE(error, 8)
  return frame
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

describe('asking a broker', () => {
  it('sends requests that Kafka can read: length, api, version, correlation id', () => {
    const bytes = encodeRequest(apiVersions(), 7)
    expect(bytes.readInt32BE(0)).toBe(bytes.length - 4)
    expect([bytes.readInt16BE(4), bytes.readInt16BE(6), bytes.readInt32BE(8)]).toEqual([18, 0, 7])
  })

  it('ends the header of a flexible request with its tags', () => {
    const bytes = encodeRequest(describeTransaction('t'), 1)
    // no tags in the header, one id, its length plus one, the id, no tags
    expect([...bytes.subarray(-5)]).toEqual([0, 2, 2, 't'.charCodeAt(0), 0])
  })

  it('puts answers together from whatever pieces arrive', async () => {
    const address = await aBroker((socket) => {
      const bytes = Buffer.concat([anAnswer(0, 0), anAnswer(1, 35)])
      socket.write(bytes.subarray(0, 3))
      setImmediate(() => socket.write(bytes.subarray(3)))
    })
    expect(await askBroker(address, [apiVersions(), apiVersions()], never)).toEqual([0, 35])
  })

  it('asks nothing without a connection', async () => {
    expect(await askBroker({ host: '127.0.0.1', port: 1 }, [], never)).toEqual([])
  })

  it('fails when nobody listens', async () => {
    await expect(askBroker({ host: '127.0.0.1', port: 1 }, [apiVersions()], never)).rejects.toThrow(
      '127.0.0.1:1 cannot be reached',
    )
  })

  it('fails when the broker closes the connection before all answers are there', async () => {
    const address = await aBroker((socket) => socket.end(anAnswer(0, 0)))
    await expect(askBroker(address, [apiVersions(), apiVersions()], never)).rejects.toThrow('closed the connection')
  })

  it('fails on the answer to another request', async () => {
    const address = await aBroker((socket) => socket.write(anAnswer(9, 0)))
    await expect(askBroker(address, [apiVersions()], never)).rejects.toThrow('request 9 instead of 0')
  })

  it('is ended by the signal when no answer comes', async () => {
    const giveUp = new AbortController()
    const address = await aBroker(() => giveUp.abort(new Error('enough')))
    await expect(askBroker(address, [apiVersions()], giveUp.signal)).rejects.toThrow('enough')
  })
})
