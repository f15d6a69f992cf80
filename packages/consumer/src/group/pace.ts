import type { Clock } from '@ledgerbus/core'

/** Keeps handlers that return at once from keeping the event loop to themselves: heartbeats, sockets and timers want to live. */
export interface Pace {
  /** Whether work has gone on for so long that others should have their turn. */
  isSpent(): boolean
  /** Gives them their turn. */
  rest(): Promise<void>
}

/** Some records later is early enough, and asking for the time costs. */
const looksEvery = 8

/** @param busyMs how long work goes on in one turn of the event loop */
export function createPace(clock: Clock, busyMs = 20): Pace {
  let sinceMs: number | undefined
  let asked = 0

  return {
    isSpent() {
      asked += 1
      if (asked % looksEvery !== 0) return false
      const nowMs = clock.monotonicMs()
      if (sinceMs === undefined) {
        sinceMs = nowMs
        // Timers come when the event loop turns: then this is over, whoever gave way.
        clock.schedule(0, () => {
          sinceMs = undefined
        })
      }
      return nowMs - sinceMs >= busyMs
    },
    rest: () => clock.sleep(0),
  }
}
