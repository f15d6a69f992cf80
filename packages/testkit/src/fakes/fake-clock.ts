import type { Clock } from '@ledgerbus/core'

/** Options of {@link createFakeClock}. */
export interface FakeClockOptions {
  /** Where `nowMs` begins, in milliseconds since 1970. @default 2026-01-31T12:00:00.000Z */
  readonly startMs?: number
}

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /**
   * Moves time forward, timer by timer: each action due runs at its own moment, and what it set off settles before the next.
   * `advance(0)` only lets promises settle.
   */
  advance(ms: number): Promise<void>
  /** Sets the time of day, forwards or backwards, as an operator or NTP would; timers and `monotonicMs` do not notice. */
  setNow(nowMs: number): void
  /** How many sleeps and scheduled actions wait: 0 after everything was closed. */
  readonly waiting: number
}

interface Timer {
  readonly dueMs: number
  readonly action: () => void
}

const defaultStartMs = Date.UTC(2026, 0, 31, 12)

/** All microtasks are done before the next turn of the event loop, so one turn settles what needs no further input. */
function turnOfTheEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** Time for unit tests: it passes only by `advance`, and no test waits for it. */
export function createFakeClock(options: FakeClockOptions = {}): FakeClock {
  let elapsedMs = 0
  let offsetMs = options.startMs ?? defaultStartMs
  // Insertion order breaks ties, as Node's own timers do.
  const timers = new Set<Timer>()

  function schedule(ms: number, action: () => void): () => void {
    const timer: Timer = { dueMs: elapsedMs + Math.max(ms, 0), action }
    timers.add(timer)
    return () => {
      timers.delete(timer)
    }
  }

  function nextDue(untilMs: number): Timer | undefined {
    let earliest: Timer | undefined
    for (const timer of timers) {
      if (timer.dueMs <= untilMs && (earliest === undefined || timer.dueMs < earliest.dueMs)) earliest = timer
    }
    return earliest
  }

  return {
    nowMs: () => offsetMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    schedule,
    sleep(ms, { signal } = {}) {
      if (signal?.aborted === true) return Promise.reject(signal.reason)
      return new Promise((resolve, reject) => {
        const cancel = schedule(ms, () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        })
        function onAbort(): void {
          cancel()
          reject(signal?.reason)
        }
        signal?.addEventListener('abort', onAbort, { once: true })
      })
    },
    async advance(ms) {
      const untilMs = elapsedMs + ms
      await turnOfTheEventLoop()
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        timers.delete(timer)
        elapsedMs = Math.max(elapsedMs, timer.dueMs)
        timer.action()
        await turnOfTheEventLoop()
      }
      elapsedMs = Math.max(elapsedMs, untilMs)
    },
    setNow(nowMs) {
      offsetMs = nowMs - elapsedMs
    },
    get waiting() {
      return timers.size
    },
  }
}
