import { createServer } from 'node:net'
import { systemClock } from '@ledgerbus/core'
import type { Direction, FaultProxy, FaultProxyOptions } from './fault-proxy.ts'
import { createLine } from './line.ts'
import { createLink, type Link } from './link.ts'

const host = '127.0.0.1'
const directions: readonly Direction[] = ['to-server', 'to-client']

/**
 * Puts a proxy in front of a TCP server, on a port of its own: the network between a client and that server, for a test to break. A server that names its
 * address to clients, as Kafka does, has to name the proxy's.
 *
 * @param target where the server listens; dialled once a connection
 * @throws Error of Node, when the port cannot be listened on
 */
export async function startFaultProxy(
  target: { readonly host: string; readonly port: number },
  { port = 0, clock = systemClock }: FaultProxyOptions = {},
): Promise<FaultProxy> {
  const lines = { 'to-server': createLine(), 'to-client': createLine() }
  const links = new Set<Link>()
  let cut: { readonly afterBytes: number; readonly direction: Direction } | undefined
  let swallowed: { left: number; readonly clientSees: 'reset' | 'silence' } | undefined
  let isRefusing = false

  function nextAnswer(): 'passed' | 'lost' | 'lost-and-reset' {
    if (swallowed === undefined) return 'passed'
    swallowed.left -= 1
    if (swallowed.left >= 0) return 'passed'
    return swallowed.clientSees === 'reset' ? 'lost-and-reset' : 'lost'
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    if (isRefusing) {
      client.on('error', () => undefined)
      client.resetAndDestroy()
      return
    }
    const link = createLink({ client, target, lines, nextAnswer, onGone: () => links.delete(link), clock })
    links.add(link)
    if (cut !== undefined) link.cutAfter(cut.direction, cut.afterBytes)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const listening = typeof address === 'object' && address !== null ? address.port : port
  let closing: Promise<void> | undefined

  function resetIf(isMeant: (link: Link) => boolean): void {
    for (const link of [...links]) if (isMeant(link)) link.reset()
  }

  return {
    host,
    port: listening,
    get connections() {
      return links.size
    },
    cut(after) {
      if (after === undefined) return resetIf(() => true)
      cut = { direction: 'to-server', ...after }
      for (const link of links) link.cutAfter(cut.direction, cut.afterBytes)
    },
    stall(direction) {
      for (const each of directions)
        if (direction === undefined || direction === each) lines[each].change({ isStalled: true })
    },
    slow({ direction, ...how }) {
      for (const each of directions) if (direction === undefined || direction === each) lines[each].change(how)
    },
    swallowAnswers({ after = 0, clientSees = 'silence' } = {}) {
      swallowed = { left: after, clientSees }
    },
    refuse() {
      isRefusing = true
    },
    mend() {
      resetIf((link) => link.hasLostAnswers)
      cut = undefined
      swallowed = undefined
      isRefusing = false
      for (const link of links) for (const each of directions) link.cutAfter(each, undefined)
      for (const each of directions) lines[each].mend()
    },
    close() {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve())
        resetIf(() => true)
      })
      return closing
    },
  }
}
