import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../eventually.ts'
import type { FaultProxy } from './fault-proxy.ts'
import { startFaultProxy } from './start-fault-proxy.ts'

/** One end of a connection and what happened to it. */
interface End {
  readonly socket: Socket
  readonly events: string[]
  received(): string
}

function watch(socket: Socket): End {
  const events: string[] = []
  const chunks: Buffer[] = []
  socket.on('data', (bytes: Buffer) => chunks.push(bytes))
  socket.on('end', () => events.push('end'))
  socket.on('error', (error: NodeJS.ErrnoException) => events.push(error.code ?? error.message))
  socket.on('close', () => events.push('close'))
  onTestFinished(() => {
    socket.destroy()
  })
  return { socket, events, received: () => Buffer.concat(chunks).toString() }
}

/** Time enough for what must not happen to happen. */
const aMoment = (ms = 60) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a fault proxy', () => {
  let target: Server
  let accepted: End[]
  let proxy: FaultProxy

  beforeEach(async () => {
    accepted = []
    target = createServer({ allowHalfOpen: true }, (socket) => accepted.push(watch(socket)))
    await once(target.listen(0, '127.0.0.1'), 'listening')
    proxy = await startFaultProxy({ host: '127.0.0.1', port: (target.address() as AddressInfo).port })
  })
  afterEach(async () => {
    await proxy.close()
    target.close()
  })

  async function dial(): Promise<{ readonly client: End; readonly server: End }> {
    const before = accepted.length
    const client = watch(connect({ host: proxy.host, port: proxy.port, allowHalfOpen: true }))
    const server = await eventually((): End | false => accepted[before] ?? false)
    if (server === false) throw new Error('unreachable: eventually returns no false')
    return { client, server }
  }

  it('passes bytes both ways, and the end of each way by itself', async () => {
    const { client, server } = await dial()
    client.socket.end('question')
    await eventually(() => server.events.includes('end') && server.received() === 'question')
    expect(client.events).toEqual([])

    server.socket.end('answer')
    await eventually(() => client.events.includes('end') && client.received() === 'answer')
    await eventually(() => proxy.connections === 0)
  })

  it('passes on a large stream whole and in order', async () => {
    const { client, server } = await dial()
    const sent = Buffer.alloc(8_000_000, 'abcdefghijklmnopqrstuvwxyz0')
    client.socket.end(sent)
    await eventually(() => server.events.includes('end'))
    expect(server.received() === sent.toString()).toBe(true)
  })

  it('cuts what there is now, and carries what comes later', async () => {
    const first = await dial()
    first.client.socket.write('before')
    await eventually(() => first.server.received() === 'before')

    proxy.cut()
    await eventually(() => first.client.events.includes('ECONNRESET') && first.server.events.includes('ECONNRESET'))
    const second = await dial()
    second.client.socket.write('after')
    await eventually(() => second.server.received() === 'after')
    expect(proxy.connections).toBe(1)
  })

  it('cuts after exactly so many bytes, every time', async () => {
    for (let round = 0; round < 50; round += 1) {
      const { client, server } = await dial()
      proxy.cut({ afterBytes: 1_000 })
      client.socket.write(Buffer.alloc(700, 'a'))
      client.socket.write(Buffer.alloc(70_000, 'b'))
      await eventually(() => server.events.includes('close') && client.events.includes('close'))
      expect(server.received()).toHaveLength(1_000)
      proxy.mend()
    }
  })

  it('cuts answers after exactly so many bytes, on later connections too', async () => {
    proxy.cut({ afterBytes: 3, direction: 'to-client' })
    const { client, server } = await dial()
    client.socket.write('a whole question')
    server.socket.write('answer')
    await eventually(() => client.events.includes('close'))
    expect([server.received(), client.received()]).toEqual(['a whole question', 'ans'])
  })

  it('stalls one way and lets the other pass', async () => {
    const { client, server } = await dial()
    proxy.stall('to-client')
    server.socket.write('held back')
    client.socket.write('passes')
    await eventually(() => server.received() === 'passes')
    await aMoment()
    expect(client.received()).toBe('')

    proxy.mend()
    await eventually(() => client.received() === 'held back')
  })

  it('holds back the end and the reset of a connection while it stalls', async () => {
    const ended = await dial()
    const broken = await dial()
    proxy.stall()
    ended.server.socket.end('last words')
    broken.server.socket.resetAndDestroy()
    await aMoment()
    expect([ended.client.events, ended.client.received(), broken.client.events]).toEqual([[], '', []])

    proxy.mend()
    await eventually(() => ended.client.events.includes('end') && broken.client.events.includes('ECONNRESET'))
    expect(ended.client.received()).toBe('last words')
  })

  it('delays bytes by the latency', async () => {
    const { client, server } = await dial()
    proxy.slow({ latencyMs: 150, direction: 'to-server' })
    const startedMs = performance.now()
    client.socket.write('slow')
    await eventually(() => server.received() === 'slow', { intervalMs: 5 })
    expect(performance.now() - startedMs).toBeGreaterThan(140)
  })

  it('keeps the order of bytes when the latency drops', async () => {
    const { client, server } = await dial()
    proxy.slow({ latencyMs: 200 })
    client.socket.write('AAAA')
    await aMoment(50)
    proxy.slow({ latencyMs: 0 })
    client.socket.write('BBBB')
    await eventually(() => server.received().length === 8)
    expect(server.received()).toBe('AAAABBBB')
  })

  it('lets only so many bytes through a second', async () => {
    const { client, server } = await dial()
    proxy.slow({ bytesPerSecond: 50_000 })
    const startedMs = performance.now()
    client.socket.write(Buffer.alloc(10_000, 'x'))
    await eventually(() => server.received().length === 10_000, { intervalMs: 5 })
    expect(performance.now() - startedMs).toBeGreaterThan(150)
  })

  it('swallows answers while requests pass, and resets at the mend whoever lost one', async () => {
    const asking = await dial()
    const silent = await dial()
    proxy.swallowAnswers()
    asking.client.socket.write('question')
    await eventually(() => asking.server.received() === 'question')
    asking.server.socket.write('answer')
    await aMoment()
    expect([asking.client.received(), asking.client.events]).toEqual(['', []])

    proxy.mend()
    await eventually(() => asking.client.events.includes('ECONNRESET'))
    silent.server.socket.write('not lost')
    await eventually(() => silent.client.received() === 'not lost')
  })

  it('swallows the answer after those that may pass, and resets at once if told to', async () => {
    const { client, server } = await dial()
    proxy.swallowAnswers({ after: 1, clientSees: 'reset' })
    server.socket.write('first')
    await eventually(() => client.received() === 'first')
    server.socket.write('second')
    await eventually(() => client.events.includes('ECONNRESET') && server.events.includes('ECONNRESET'))
    expect(client.received()).toBe('first')
  })

  it('refuses who comes new, and carries who was there', async () => {
    const old = await dial()
    proxy.refuse()
    const late = watch(connect(proxy.port, proxy.host))
    await eventually(() => late.events.includes('close'))
    old.client.socket.write('still here')
    await eventually(() => old.server.received() === 'still here')
    expect(accepted).toHaveLength(1)

    proxy.mend()
    await dial()
  })

  it('breaks the connection of a client whose server is away', async () => {
    const nowhere = await startFaultProxy({ host: '127.0.0.1', port: 1 })
    onTestFinished(() => nowhere.close())
    const client = watch(connect(nowhere.port, nowhere.host))
    await eventually(() => client.events.includes('close'))
    await eventually(() => expect(nowhere.connections).toBe(0))
  })

  it('ends all connections when it closes, stalled ones too', async () => {
    const { client } = await dial()
    proxy.stall()
    client.socket.write('held back')
    await proxy.close()
    await eventually(() => client.events.includes('close'))
    expect(proxy.connections).toBe(0)
  })
})
