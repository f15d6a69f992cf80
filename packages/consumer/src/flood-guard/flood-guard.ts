import type { Clock, Logger } from '@ledgerbus/core'
import type { Conditions } from '../activity/conditions.ts'
import type { FloodGuardOptions } from './flood-guard-options.ts'
import { createFloodWindow, type FloodWindow } from './flood-window.ts'

/**
 * Stops the flow of a topic before its records are set aside by the hundred for something that is not their fault. It undoes nothing and ends nothing: records wait, health
 * says so, and one after the other is tried until one succeeds.
 */
export interface FloodGuard {
  /** `hold`: the record is not to be set aside now, it waits with `pass`. */
  failing(
    topic: string,
    share: { readonly record: string; readonly handler: string; readonly fingerprint: string },
  ): 'set-aside' | 'hold'
  /** A handler handled a record of the topic. Ends the stop it caused, and one that no handler caused. */
  succeeded(topic: string, handler: string): void
  isOpen(topic: string): boolean
  /** Waits while the flow is stopped. `probe`: it goes on stopped, this record is tried; `undefined`: the signal came first. */
  pass(topic: string, signal: AbortSignal): Promise<'go' | 'probe' | undefined>
  /** A probe neither succeeded nor failed: another one is tried at once. */
  inconclusive(topic: string): void
  /** Whether successes are to be told. */
  readonly isWatchful: boolean
}

interface Watch {
  /** By handler: one that works says nothing of another. Under the empty name what no handler was reached for. */
  readonly windows: Map<string, FloodWindow>
  /** Since when the flow is stopped. */
  stop: { readonly handler: string; readonly restore: () => void; nextProbeAtMs: number } | undefined
  readonly waiting: Set<(answer: 'go' | 'probe' | undefined) => void>
  cancelTimer: (() => void) | undefined
}

export interface FloodGuardTools {
  readonly groupId: string
  readonly clock: Clock
  readonly logger: Logger
  readonly conditions: Conditions
}

export function createFloodGuard(
  options: Required<FloodGuardOptions> | 'off',
  { groupId, clock, logger, conditions }: FloodGuardTools,
): FloodGuard {
  if (options === 'off') return off
  const bounds = options
  const watches = new Map<string, Watch>()

  function watchOf(topic: string): Watch {
    const known = watches.get(topic)
    if (known !== undefined) return known
    const made: Watch = { windows: new Map(), stop: undefined, waiting: new Set(), cancelTimer: undefined }
    watches.set(topic, made)
    return made
  }

  function stopFlow(topic: string, watch: Watch, handler: string, fingerprint: string): void {
    const message = `so many records of ${topic} fail that they are hardly at fault (the last with fingerprint ${fingerprint}); they wait, and one is tried every ${bounds.probeEveryMs} ms`
    watch.stop = {
      handler,
      restore: conditions.degrade({ reason: 'dead-letter-flood', topic, message }),
      nextProbeAtMs: clock.monotonicMs() + bounds.probeEveryMs,
    }
    logger.error(
      { groupId, topic, handler, fingerprint },
      'dead letters flood, the flow of the topic is stopped until a record succeeds',
    )
  }

  function endStop(topic: string, watch: Watch): void {
    watch.stop?.restore()
    watch.stop = undefined
    watch.windows.clear()
    watch.cancelTimer?.()
    watch.cancelTimer = undefined
    logger.info({ groupId, topic }, 'a record succeeded, the topic flows again')
    for (const answer of [...watch.waiting]) answer('go')
  }

  /** One waiter is tried when it is time. */
  function arrange(watch: Watch): void {
    const { stop, waiting } = watch
    if (watch.cancelTimer !== undefined || stop === undefined || waiting.size === 0) return
    watch.cancelTimer = clock.schedule(Math.max(stop.nextProbeAtMs - clock.monotonicMs(), 0), () => {
      watch.cancelTimer = undefined
      stop.nextProbeAtMs = clock.monotonicMs() + bounds.probeEveryMs
      const [first] = waiting
      first?.('probe')
      arrange(watch)
    })
  }

  return {
    failing(topic, { record, handler, fingerprint }) {
      const watch = watchOf(topic)
      if (watch.stop !== undefined) return 'hold'
      const window = watch.windows.get(handler) ?? createFloodWindow(bounds)
      watch.windows.set(handler, window)
      if (!window.failing(record, fingerprint)) return 'set-aside'
      stopFlow(topic, watch, handler, fingerprint)
      return 'hold'
    },
    succeeded(topic, handler) {
      const watch = watches.get(topic)
      if (watch === undefined) return
      if (watch.stop === undefined) {
        for (const name of ['', handler]) {
          const window = watch.windows.get(name)
          if (window?.isQuiet === false) window.succeeded()
        }
      } else if (watch.stop.handler === handler || watch.stop.handler === '') {
        endStop(topic, watch)
      }
    },
    isOpen: (topic) => watches.get(topic)?.stop !== undefined,
    pass(topic, signal) {
      const watch = watchOf(topic)
      if (watch.stop === undefined) return Promise.resolve('go')
      if (signal.aborted) return Promise.resolve(undefined)
      return new Promise((resolve) => {
        function answer(value: 'go' | 'probe' | undefined): void {
          watch.waiting.delete(answer)
          signal.removeEventListener('abort', onAbort)
          if (watch.waiting.size === 0) {
            watch.cancelTimer?.()
            watch.cancelTimer = undefined
          }
          resolve(value)
        }
        const onAbort = (): void => answer(undefined)
        watch.waiting.add(answer)
        signal.addEventListener('abort', onAbort, { once: true })
        arrange(watch)
      })
    },
    inconclusive(topic) {
      const watch = watches.get(topic)
      if (watch?.stop === undefined) return
      watch.stop.nextProbeAtMs = clock.monotonicMs()
      watch.cancelTimer?.()
      watch.cancelTimer = undefined
      arrange(watch)
    },
    get isWatchful() {
      return watches.size > 0
    },
  }
}

const off: FloodGuard = {
  failing: () => 'set-aside',
  succeeded: () => undefined,
  isOpen: () => false,
  pass: () => Promise.resolve('go'),
  inconclusive: () => undefined,
  isWatchful: false,
}
