import { type Clock, ConfigurationError, type IdempotencyStore, systemClock } from '@ledgerbus/core'
import { LRUCache } from 'lru-cache'

/** What is remembered, and how long. */
export interface InMemoryIdempotencyOptions {
  /** Most keys remembered; beyond them the ones used longest ago are forgotten. @default 100_000 */
  readonly maxKeys?: number
  /** How long a key is remembered, in milliseconds. @default a day */
  readonly rememberMs?: number
  /** @default the machine's clock */
  readonly clock?: Clock
}

type State = { readonly kind: 'done' } | { readonly kind: 'claimed'; readonly untilMs: number }

/**
 * An idempotency store in this process's memory: for tests, and for handlers where a copy after a restart or on another member does no harm. It ends with the
 * process, and members do not share it.
 *
 * @throws ConfigurationError for bounds that are none
 */
export function createInMemoryIdempotencyStore(options: InMemoryIdempotencyOptions = {}): IdempotencyStore {
  const { maxKeys = 100_000, rememberMs = 86_400_000, clock = systemClock } = options
  const problems = Object.entries({ maxKeys, rememberMs })
    .filter(([, value]) => !Number.isInteger(value) || value < 1)
    .map(([name, value]) => `${name}: a whole number from 1, not ${String(value)}`)
  if (problems.length > 0) throw new ConfigurationError('createInMemoryIdempotencyStore', problems)
  const states = new LRUCache<string, State>({
    max: maxKeys,
    ttl: rememberMs,
    ttlResolution: 0,
    // The cache takes a time of 0 for none.
    perf: { now: () => clock.monotonicMs() + 1 },
  })

  return {
    async claim(key, holdMs) {
      const state = states.get(key)
      if (state?.kind === 'done') return 'done'
      const nowMs = clock.monotonicMs()
      if (state !== undefined && nowMs < state.untilMs) return 'busy'
      states.set(key, { kind: 'claimed', untilMs: nowMs + holdMs })
      return 'claimed'
    },
    async complete(key) {
      states.set(key, { kind: 'done' })
    },
    async release(key) {
      if (states.get(key)?.kind === 'claimed') states.delete(key)
    },
  }
}
