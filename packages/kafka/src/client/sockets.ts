import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Clock } from '@ledgerbus/core'
import type { ISocketFactory } from 'kafkajs'

/** The sockets of one client, so that it can be ended whatever its broker does. */
export interface Sockets {
  readonly factory: ISocketFactory
  /** Destroys all and lets none be opened any more. */
  destroy(): void
}

export interface SocketOptions {
  readonly clock: Clock
  readonly connectionTimeoutMs: number
}

const keepAliveMs = 60_000

/** @param connectionTimeoutMs after which kafkajs gives a connection up, and forgets the socket that still tries */
export function createSockets({ clock, connectionTimeoutMs }: SocketOptions): Sockets {
  const open = new Set<Socket>()
  let isDestroyed = false

  return {
    factory({ host, port, ssl, onConnect }) {
      // kafkajs reconnects for requests that were under way when it was disconnected.
      if (isDestroyed) throw new Error('this client is closed')
      // The types promise TLS options; without TLS kafkajs passes null.
      const secure = ssl as typeof ssl | null
      const socket =
        secure === null
          ? connectTcp({ host, port }, onConnect)
          : connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }), ...secure }, onConnect)
      open.add(socket)
      const giveUp = clock.schedule(2 * connectionTimeoutMs, () => socket.destroy())
      socket.once(secure === null ? 'connect' : 'secureConnect', giveUp)
      socket.once('close', () => {
        giveUp()
        open.delete(socket)
      })
      // For every request that waits, kafkajs disconnects a socket that is still connecting, and each time Node adds a listener to it.
      socket.setMaxListeners(0)
      socket.setKeepAlive(true, keepAliveMs)
      // Requests are small and wait for their answers: held back until the last one is confirmed, they would take turns of 40 ms.
      socket.setNoDelay(true)
      return socket
    },
    destroy() {
      isDestroyed = true
      // With an error, because kafkajs listens for that and not for `close`: its timers would go on for ever.
      for (const socket of open) socket.destroy(new Error('this client is closed'))
    },
  }
}
