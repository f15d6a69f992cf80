import { connect, type Socket } from 'node:net'
import type { Clock } from '@ledgerbus/core'
import type { Direction } from './fault-proxy.ts'
import type { Line } from './line.ts'
import { createOneWay } from './one-way.ts'

export interface LinkOptions {
  readonly client: Socket
  readonly target: { readonly host: string; readonly port: number }
  readonly lines: Readonly<Record<Direction, Line>>
  /** What becomes of the server's next answer. */
  readonly nextAnswer: () => 'passed' | 'lost' | 'lost-and-reset'
  readonly onGone: () => void
  readonly clock: Clock
}

/** One connection of a client, through the proxy, to the server. */
export interface Link {
  readonly hasLostAnswers: boolean
  cutAfter(direction: Direction, bytes: number | undefined): void
  /** Ends it as a broken connection ends. */
  reset(): void
}

export function createLink({ client, target, lines, nextAnswer, onGone, clock }: LinkOptions): Link {
  // Half open: the proxy alone decides when it passes on an end, never Node by itself.
  const server = connect({ ...target, allowHalfOpen: true, noDelay: true })
  const gone = new AbortController()
  let hasLostAnswers = false
  let open = 2

  function reset(): void {
    gone.abort()
    for (const socket of [client, server]) {
      if (socket.connecting) socket.destroy()
      else socket.resetAndDestroy()
    }
  }

  function isAnswerSwallowed(): boolean {
    const answer = nextAnswer()
    if (answer === 'passed') return false
    hasLostAnswers = true
    if (answer === 'lost-and-reset') reset()
    return true
  }

  for (const socket of [client, server]) {
    // What it means shows itself as `close`.
    socket.on('error', () => undefined)
    socket.once('close', () => {
      open -= 1
      if (open > 0) return
      gone.abort()
      onGone()
    })
  }
  const shared = { gone: gone.signal, reset, clock }
  const ways = {
    'to-server': createOneWay({
      ...shared,
      from: client,
      to: server,
      line: lines['to-server'],
      isSwallowed: () => false,
    }),
    'to-client': createOneWay({
      ...shared,
      from: server,
      to: client,
      line: lines['to-client'],
      isSwallowed: isAnswerSwallowed,
    }),
  }
  return {
    get hasLostAnswers() {
      return hasLostAnswers
    },
    cutAfter: (direction, bytes) => ways[direction].cutAfter(bytes),
    reset,
  }
}
