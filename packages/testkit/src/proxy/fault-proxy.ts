import type { Clock } from '@ledgerbus/core'

/** Which way bytes go through a proxy. */
export type Direction = 'to-server' | 'to-client'

/** Options of `startFaultProxy`. */
export interface FaultProxyOptions {
  /** The port to listen on, on 127.0.0.1. @default a free one */
  readonly port?: number
  /** Whose time counts for what is slow. @default the machine's */
  readonly clock?: Clock
}

/**
 * A way to a TCP server that can be broken. Faults add up until `mend`; each holds for the connections there are and for those to come. Whatever the faults,
 * bytes of one direction never change their order.
 */
export interface FaultProxy {
  readonly host: string
  /** What clients dial instead of the server's port. */
  readonly port: number
  /** How many connections it carries now. */
  readonly connections: number
  /**
   * Resets connections, both ends: all of them now; or, with `afterBytes`, each once exactly so many further bytes went its way.
   */
  cut(after?: {
    readonly afterBytes: number
    /** @default 'to-server' */
    readonly direction?: Direction
  }): void
  /** Holds bytes back, and the end of the connection with them: who waits on the other side learns nothing at all. @default both directions */
  stall(direction?: Direction): void
  /** Delays bytes, and lets only so many of them through a second. */
  slow(how: {
    readonly latencyMs?: number
    readonly bytesPerSecond?: number
    /** @default both */
    readonly direction?: Direction
  }): void
  /** Requests pass, answers are lost. */
  swallowAnswers(how?: {
    /** So many answers pass before the first that is lost, over all connections; what the server writes at once is one. @default 0 */
    readonly after?: number
    /** What a client whose answer was lost sees: a reset at once, or nothing until `mend` resets the connection. @default 'silence' */
    readonly clientSees?: 'reset' | 'silence'
  }): void
  /** New connections are reset as soon as they are made; those there are go on. */
  refuse(): void
  /** All is well again: what was held back goes on, in order. Connections that lost an answer are reset, for nothing on them makes sense any more. */
  mend(): void
  /** Ends all connections and stops to listen. Idempotent. */
  close(): Promise<void>
}
