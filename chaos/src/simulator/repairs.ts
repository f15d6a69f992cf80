import type { Clock } from '@ledgerbus/core'

/** What is broken and will be mended. */
export interface Repairs {
  /** How many are open. */
  readonly open: number
  later(ms: number, repair: () => unknown): void
  /** Mends everything that is still broken, now. */
  all(): Promise<void>
}

export function createRepairs(clock: Pick<Clock, 'schedule'>): Repairs {
  const open = new Set<() => unknown>()
  return {
    get open() {
      return open.size
    },
    later(ms, repair) {
      open.add(repair)
      clock.schedule(ms, () => {
        if (open.delete(repair)) repair()
      })
    },
    async all() {
      const left = [...open]
      open.clear()
      for (const repair of left) await repair()
    },
  }
}
