import { connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a broker that can be broken. */
export interface FaultProxy {
  readonly host: string
  readonly port: number
  /** Requests pass, answers are swallowed until `mend`, but for the first `after`. */
  swallowAnswers(options?: { readonly after?: number }): void
  /** Answers pass again on new connections; those that lost an answer are reset. */
  mend(): void
  close(): Promise<void>
}

/** Passes bytes on as they come, one pipe a direction. */
export async function startFaultProxy(target: { readonly host: string; readonly port: number }): Promise<FaultProxy> {
  const sockets = new Set<Socket>()
  let passing = Number.POSITIVE_INFINITY

  const server: Server = createServer((client) => {
    const broker = connect(target)
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        broker.destroy()
      })
    }
    client.on('data', (bytes) => broker.write(bytes))
    broker.on('data', (bytes) => {
      // Answers are small and come one by one: a chunk is an answer.
      passing -= 1
      if (passing >= 0) client.write(bytes)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')

  return {
    host: '127.0.0.1',
    port: address.port,
    swallowAnswers({ after = 0 } = {}) {
      passing = after
    },
    mend() {
      passing = Number.POSITIVE_INFINITY
      for (const socket of sockets) socket.resetAndDestroy()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
