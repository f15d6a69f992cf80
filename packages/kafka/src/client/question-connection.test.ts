import { createServer, type Socket } from 'node:net'
import { createRecordingLogger } from '@ledgerbus/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createKafkaBroker } from '../create-kafka-broker.ts'

/** Takes connections and answers nothing, as a broker that is frozen. */
async function aSilentServer(): Promise<{ readonly address: string; readonly asked: Promise<unknown> }> {
  const sockets: Socket[] = []
  let tellAsked: (bytes: unknown) => void
  const asked = new Promise<unknown>((resolve) => {
    tellAsked = resolve
  })
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined).once('data', tellAsked))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const listening = server.address()
  return { address: `127.0.0.1:${typeof listening === 'object' ? listening?.port : ''}`, asked }
}

describe('questions to a broker that answers nothing', () => {
  it('hold the close back for a moment only', { timeout: 5_000 }, async () => {
    const { address, asked } = await aSilentServer()
    const broker = createKafkaBroker({ brokers: [address], clientId: 'test', logger: createRecordingLogger() })
    const admin = broker.createAdmin()
    const starting = admin.start()
    const ended = expect(starting).rejects.toMatchObject({ code: expect.stringMatching(/^BROKER_/u) })
    await asked

    await admin.close()

    await ended
  })
})
