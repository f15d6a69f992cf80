import type { Clock } from '../ports/clock.ts'

/** Longest delay of a timer; Node fires longer ones at once. */
const maxTimerMs = 2_147_483_647

/** The machine's time. Timers of `schedule` do not keep the process alive. */
export const systemClock: Clock = Object.freeze({
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep(ms: number, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options
    if (signal?.aborted === true) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
        Math.min(Math.max(ms, 0), maxTimerMs),
      )
      function onAbort(): void {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  },
  schedule(ms: number, action: () => void): () => void {
    const timer = setTimeout(action, Math.min(Math.max(ms, 0), maxTimerMs))
    timer.unref()
    return () => {
      clearTimeout(timer)
    }
  },
})
