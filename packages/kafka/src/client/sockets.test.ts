import { createServer, type Socket } from 'node:net'
import { createFakeClock } from '@ledgerbus/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createSockets } from './sockets.ts'

async function aServer(onConnection: (socket: Socket) => void = () => undefined): Promise<number> {
  const server = createServer(onConnection)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.close()
  })
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

function aClient() {
  const clock = createFakeClock()
  const sockets = createSockets({ clock, connectionTimeoutMs: 1_000 })
  const open = (port: number, onConnect: () => void = () => undefined) =>
    // Without TLS kafkajs passes null, whatever its types say.
    sockets.factory({ host: '127.0.0.1', port, onConnect, ssl: null as never })
  return { clock, sockets, open }
}

describe('sockets of a client', () => {
  it('are all destroyed with it, loudly enough for kafkajs to hear, and none is opened afterwards', async () => {
    const port = await aServer()
    const { sockets, open } = aClient()
    const errors: string[] = []
    await new Promise<void>((resolve) => {
      open(port, resolve).on('error', (error) => errors.push(error.message))
    })

    sockets.destroy()
    await new Promise((resolve) => setImmediate(resolve))

    expect(errors).toEqual(['this client is closed'])
    expect(() => open(port)).toThrow('this client is closed')
  })

  it('have a time to connect, and none once they did', async () => {
    const { clock, open } = aClient()
    const socket = open(await aServer())
    expect(clock.waiting).toBe(1)

    await new Promise<void>((resolve) => {
      socket.once('connect', resolve)
    })

    expect(clock.waiting).toBe(0)
    expect(socket.destroyed).toBe(false)
    socket.destroy()
  })
})
