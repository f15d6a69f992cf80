import type { Clock } from '../ports/clock.ts'

/** Longest delay of a timer; Node fires longer ones at once, so longer waits are made of several. */
const maxTimerMs = 2_147_483_647

/** The machine's time. Timers of `schedule` do not keep the process alive. */
export const systemClock: Clock = Object.freeze({
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep(ms: number, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options
    if (signal?.aborted === true) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const cancel = startTimer(ms, { keepsAlive: true }, () => {
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
  schedule: (ms: number, action: () => void): (() => void) => startTimer(ms, { keepsAlive: false }, action),
})

function startTimer(ms: number, options: { readonly keepsAlive: boolean }, action: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  wait(Math.max(ms, 0))
  return () => clearTimeout(timer)

  function wait(remainingMs: number): void {
    const stepMs = Math.min(remainingMs, maxTimerMs)
    timer = setTimeout(() => {
      if (remainingMs > stepMs) wait(remainingMs - stepMs)
      else action()
    }, stepMs)
    if (!options.keepsAlive) timer.unref()
  }
}
