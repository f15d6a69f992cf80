/** Most of what counting distinct keys holds. */
export interface KeyBounds {
  /** How many keys are told apart. @default 1_000_000 */
  readonly maxKeys?: number
  /** How many bytes of keys are held for that, added up. @default 64_000_000 */
  readonly maxKeyBytes?: number
}

/** Counts distinct keys of topics in bounded memory. */
export interface DistinctKeys {
  add(topic: string, key: Uint8Array): void
  readonly counted: number
  /** Whether a key came that was none of those counted, when no more could be told apart. */
  readonly hasMore: boolean
}

/** One character a byte, and another for each. */
const latin = new TextDecoder('latin1')

/**
 * Exact up to its bounds, and beyond them a lower bound that says so: a set of all keys of a large topic takes gigabytes, and ends with a RangeError at some 16.7 million.
 */
export function countDistinctKeys({ maxKeys = 1_000_000, maxKeyBytes = 64_000_000 }: KeyBounds = {}): DistinctKeys {
  const keysOf = new Map<string, Set<string>>()
  let counted = 0
  let bytes = 0
  let hasMore = false
  return {
    add(topic, key) {
      if (hasMore) return
      const known = keysOf.get(topic) ?? new Set()
      const text = latin.decode(key)
      if (known.has(text)) return
      if (counted === maxKeys || bytes + key.length > maxKeyBytes) {
        hasMore = true
        // Nothing is asked of them any more.
        keysOf.clear()
        return
      }
      counted += 1
      bytes += key.length
      keysOf.set(topic, known.add(text))
    },
    get counted() {
      return counted
    },
    get hasMore() {
      return hasMore
    },
  }
}
