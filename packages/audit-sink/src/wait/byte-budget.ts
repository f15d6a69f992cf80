/** How many bytes of records a process holds, over all its partitions. */
export interface ByteBudget {
  /** No more is taken from Kafka, and every partition stores what it has. */
  readonly isFull: boolean
  take(bytes: number): void
  give(bytes: number): void
  /** Calls `listener` when the budget fills up and when it has room again. Returns what ends that. */
  subscribe(listener: () => void): () => void
}

export function createByteBudget(limit: number): ByteBudget {
  const listeners = new Set<() => void>()
  let used = 0

  function add(bytes: number): void {
    const wasFull = used >= limit
    used += bytes
    if (wasFull === used >= limit) return
    for (const listener of listeners) listener()
  }

  return {
    get isFull() {
      return used >= limit
    },
    take: add,
    give(bytes) {
      add(-bytes)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}
