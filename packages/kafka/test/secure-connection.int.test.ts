import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { createServer, type Server } from 'node:tls'
import { type LocalKafka, startKafka } from '@ledgerbus/local-stack'
import { aRecord, createRecordingLogger } from '@ledgerbus/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKafkaBroker, type KafkaBrokerOptions } from '../src/index.ts'

function certificate(name: string): Promise<string> {
  return readFile(new URL(`certificates/${name}`, import.meta.url), 'utf8')
}

/** Speaks TLS to clients and plainly to the broker behind it. */
async function startTlsProxy(target: { readonly host: string; readonly port: number }): Promise<Server> {
  const [key, cert] = await Promise.all([certificate('server-key.pem'), certificate('server.pem')])
  const server = createServer({ key, cert }, (client) => {
    const broker: Socket = connect(target)
    for (const socket of [client, broker])
      socket.on('error', () => [client, broker].forEach((other) => other.destroy()))
    client.pipe(broker).pipe(client)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return address.port
}

describe('a secure connection', { timeout: 60_000 }, () => {
  let kafka: LocalKafka
  let proxy: Server
  let plainly: string
  let authority: string

  beforeAll(async () => {
    authority = await certificate('authority.pem')
    kafka = await startKafka({
      async advertise(listener) {
        proxy?.close()
        proxy = await startTlsProxy(listener)
        plainly = `${listener.host}:${listener.port}`
        return { host: 'localhost', port: portOf(proxy) }
      },
    })
  })
  afterAll(async () => {
    await kafka?.stop()
    proxy?.close()
  })

  async function start(options: Partial<KafkaBrokerOptions>): Promise<void> {
    const broker = createKafkaBroker({
      brokers: kafka.addresses,
      clientId: 'secure',
      logger: createRecordingLogger(),
      ...options,
    })
    const admin = broker.createAdmin()
    try {
      await admin.start()
    } finally {
      await admin.close()
    }
  }

  it('carries everything once the authority is known', async () => {
    const broker = createKafkaBroker({ brokers: kafka.addresses, clientId: 'secure', tls: { ca: authority } })
    const admin = broker.createAdmin()
    await admin.start()
    await admin.createTopics([{ name: 'secure', partitions: 1, settings: { 'retention.ms': '-1' } }])
    await admin.close()
    const producer = broker.createProducer()
    await producer.start()
    expect(await producer.append('secure', 0, [aRecord({ value: 'x' })])).toMatchObject({ kind: 'ok' })
    await producer.close()

    const consumer = broker.createConsumer({ groupId: 'secure', topics: ['secure'], sessionTimeoutMs: 6_000 })
    const value = await new Promise((resolve, reject) => {
      consumer
        .start({ deliver: async ({ records }) => resolve(new TextDecoder().decode(records[0]?.value ?? undefined)) })
        .catch(reject)
    })
    await consumer.close()

    expect(value).toBe('x')
  })

  it('is not made with a server whose authority is unknown, nor with one of another name', async () => {
    await expect(start({ tls: true })).rejects.toMatchObject({ code: 'BROKER_TLS', retriable: false })
    await expect(start({ tls: { ca: authority, serverName: 'kafka.example' } })).rejects.toMatchObject({
      code: 'BROKER_TLS',
      message: expect.stringContaining('kafka.example'),
    })
  })

  it('is not made with a listener that does not speak TLS', async () => {
    await expect(start({ brokers: [plainly], tls: { ca: authority } })).rejects.toMatchObject({
      code: 'BROKER_TLS',
      message: expect.stringContaining('whether this listener of the broker speaks TLS'),
    })
  })

  it('is missed by who connects without: the error says what to look at', async () => {
    await expect(start({ tls: false })).rejects.toMatchObject({
      code: 'BROKER_UNREACHABLE',
      message: expect.stringContaining('TLS'),
    })
  })
})
