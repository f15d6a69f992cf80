import type { Clock } from '@ledgerbus/core'

/** Something that changes now and then, and those who wait for it. */
export interface Condition {
  /** Resolves at the next `notify`, at an abort, or after `timeoutMs`: whoever waits looks again. Never rejects. */
  changed(options: { readonly signal: AbortSignal; readonly timeoutMs?: number }): Promise<void>
  notify(): void
}

export function createCondition(clock: Clock): Condition {
  const waiting = new Set<() => void>()

  return {
    changed({ signal, timeoutMs = Number.POSITIVE_INFINITY }) {
      if (signal.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        const over = new AbortController()
        // A sleep keeps the process alive, a scheduled action would not: a program that only waits for its servers must not end.
        if (Number.isFinite(timeoutMs)) clock.sleep(timeoutMs, { signal: over.signal }).then(done, () => undefined)
        waiting.add(done)
        signal.addEventListener('abort', done, { once: true })
        function done(): void {
          over.abort()
          waiting.delete(done)
          signal.removeEventListener('abort', done)
          resolve()
        }
      })
    },
    notify() {
      for (const done of waiting) done()
    },
  }
}
