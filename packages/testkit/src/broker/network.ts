import { unreachable } from './broker-errors.ts'

/** Whether the broker can be reached. */
export interface Network {
  readonly isDown: boolean
  goDown(): void
  comeBack(): void
  /** @throws BrokerError `BROKER_UNREACHABLE` while it is down */
  check(): void
  /** Resolves at once while the broker is up. */
  untilUp(): Promise<void>
  /** Calls `listener` whenever the broker comes back. Returns what ends it. */
  onUp(listener: () => void): () => void
}

export function createNetwork(): Network {
  let isDown = false
  const listeners = new Set<() => void>()
  return {
    get isDown() {
      return isDown
    },
    goDown() {
      isDown = true
    },
    comeBack() {
      isDown = false
      for (const listener of [...listeners]) listener()
    },
    check() {
      if (isDown) throw unreachable()
    },
    untilUp() {
      if (!isDown) return Promise.resolve()
      return new Promise((resolve) => {
        const stop = this.onUp(() => {
          stop()
          resolve()
        })
      })
    },
    onUp(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}
