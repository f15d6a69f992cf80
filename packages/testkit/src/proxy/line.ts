/** How bytes pass in one direction. */
export interface Conditions {
  readonly isStalled: boolean
  readonly latencyMs: number
  readonly bytesPerSecond: number
}

const fine: Conditions = Object.freeze({ isStalled: false, latencyMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY })

/** The conditions of one direction, the same for all connections. */
export interface Line {
  readonly now: Conditions
  /** Aborted when the conditions change: who waits looks again. */
  readonly changed: AbortSignal
  change(conditions: Partial<Conditions>): void
  mend(): void
}

export function createLine(): Line {
  let now = fine
  let changing = new AbortController()

  function set(next: Conditions): void {
    now = next
    const before = changing
    changing = new AbortController()
    before.abort()
  }

  return {
    get now() {
      return now
    },
    get changed() {
      return changing.signal
    },
    change: (conditions) => set({ ...now, ...conditions }),
    mend: () => set(fine),
  }
}
