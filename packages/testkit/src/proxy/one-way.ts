import type { Socket } from 'node:net'
import type { Clock } from '@ledgerbus/core'
import type { Line } from './line.ts'

/** What happens at one end of a connection, in order. */
type Piece =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly arrivedMs: number }
  | { readonly kind: 'end'; readonly arrivedMs: number }
  | { readonly kind: 'reset'; readonly arrivedMs: number }

export interface OneWayOptions {
  readonly from: Socket
  readonly to: Socket
  readonly line: Line
  /** Aborted when both sockets are gone, or are to go. */
  readonly gone: AbortSignal
  /** Whether these bytes are lost. */
  readonly isSwallowed: () => boolean
  readonly reset: () => void
  readonly clock: Clock
}

/** One direction of one connection. */
export interface OneWay {
  /** Resets the connection once so many further bytes went through; `undefined`: never. */
  cutAfter(bytes: number | undefined): void
}

/** Held back for one direction of one connection; beyond it the sender feels the back-pressure. */
const mostQueuedBytes = 1_048_576
/** A slow line sends bytes in pieces of this time, not a large one after a long silence. */
const sliceMs = 20

/**
 * Passes on what one socket brings to the other. **One queue**: a timer a piece would let a later piece overtake when the latency drops. The end of the
 * connection waits in the same queue, as a network that holds back bytes holds back FIN and RST too.
 */
export function createOneWay(options: OneWayOptions): OneWay {
  const { from, to, line, gone, isSwallowed, reset, clock } = options
  const queue: Piece[] = []
  let queuedBytes = 0
  let isRunning = false
  let leftBytes: number | undefined

  from.on('data', (bytes: Buffer) => {
    queuedBytes += bytes.length
    if (queuedBytes > mostQueuedBytes) from.pause()
    add({ kind: 'bytes', bytes, arrivedMs: clock.monotonicMs() })
  })
  from.once('end', () => add({ kind: 'end', arrivedMs: clock.monotonicMs() }))
  from.once('close', (hadError) => {
    if (hadError || !from.readableEnded) add({ kind: 'reset', arrivedMs: clock.monotonicMs() })
  })

  function add(piece: Piece): void {
    queue.push(piece)
    if (!isRunning) void run()
  }

  async function run(): Promise<void> {
    isRunning = true
    for (let piece = queue.shift(); piece !== undefined && !gone.aborted; piece = queue.shift()) {
      await untilDue(piece.arrivedMs)
      if (gone.aborted) break
      await pass(piece)
    }
    isRunning = false
  }

  async function pass(piece: Piece): Promise<void> {
    switch (piece.kind) {
      case 'end':
        to.end()
        return
      case 'reset':
        return reset()
      case 'bytes':
        queuedBytes -= piece.bytes.length
        if (from.isPaused() && queuedBytes < mostQueuedBytes / 2) from.resume()
        if (!isSwallowed()) await passBytes(piece)
    }
  }

  async function passBytes({
    bytes,
    arrivedMs,
  }: {
    readonly bytes: Buffer
    readonly arrivedMs: number
  }): Promise<void> {
    for (let rest = bytes; rest.length > 0 && !gone.aborted; ) {
      await untilDue(arrivedMs)
      const { bytesPerSecond } = line.now
      const most = Math.max(1, Math.floor((bytesPerSecond * sliceMs) / 1000))
      const head = rest.subarray(0, Math.min(most, leftBytes ?? rest.length))
      rest = rest.subarray(head.length)
      await write(head)
      if (leftBytes !== undefined) {
        leftBytes -= head.length
        if (leftBytes <= 0) return reset()
      }
      if (Number.isFinite(bytesPerSecond)) await pause((head.length / bytesPerSecond) * 1000)
    }
  }

  async function write(bytes: Buffer): Promise<void> {
    if (to.destroyed || to.writableEnded || gone.aborted) return
    // A reset must find the bytes sent: so with a cut ahead each write is awaited, else only a full buffer is.
    if (leftBytes === undefined) {
      if (!to.write(bytes)) await new Promise<void>((resolve) => onceAny(to, ['drain', 'close'], resolve))
      return
    }
    await new Promise<void>((resolve) => {
      to.write(bytes, () => resolve())
    })
  }

  /** Waits out stall and latency, as they are and as they become. */
  async function untilDue(arrivedMs: number): Promise<void> {
    while (!gone.aborted) {
      const { isStalled, latencyMs } = line.now
      const leftMs = arrivedMs + latencyMs - clock.monotonicMs()
      if (!isStalled && leftMs <= 0) return
      await (isStalled ? change() : pause(leftMs))
    }
  }

  function change(): Promise<void> {
    const either = AbortSignal.any([line.changed, gone])
    return new Promise((resolve) => {
      if (either.aborted) resolve()
      else either.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** Ends early when the conditions change. */
  async function pause(ms: number): Promise<void> {
    const signal = AbortSignal.any([line.changed, gone])
    await clock.sleep(ms, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }

  return {
    cutAfter(bytes) {
      leftBytes = bytes
    },
  }
}

function onceAny(socket: Socket, events: readonly string[], action: () => void): void {
  function settle(): void {
    for (const event of events) socket.off(event, settle)
    action()
  }
  for (const event of events) socket.on(event, settle)
}
