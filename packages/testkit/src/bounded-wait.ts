import type { Clock } from '@ledgerbus/core'

/** How a bounded wait ended. */
export type WaitEnd = 'settled' | 'timed-out' | 'aborted'

/** Bounds of a wait. */
export interface WaitBounds {
  readonly clock: Clock
  /** @default no limit */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
}

/** Waits for `promise` to settle, but not beyond the bounds; how it settled is for its other readers. */
export function boundedWait(promise: Promise<unknown>, { clock, timeoutMs, signal }: WaitBounds): Promise<WaitEnd> {
  if (signal?.aborted === true) return Promise.resolve('aborted')
  return new Promise((resolve) => {
    const cancel = timeoutMs === undefined ? () => undefined : clock.schedule(timeoutMs, () => end('timed-out'))
    const onAbort = (): void => end('aborted')
    const onSettled = (): void => end('settled')
    function end(how: WaitEnd): void {
      cancel()
      signal?.removeEventListener('abort', onAbort)
      resolve(how)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    promise.then(onSettled, onSettled)
  })
}
