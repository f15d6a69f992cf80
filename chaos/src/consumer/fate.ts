import { createSeededRandom } from '@ledgerbus/testkit'

/** What a handler does with an event, at every delivery the same: so a record has one end, however often it comes. */
export interface Fate {
  /** `fatal`: a dead letter at once. `hopeless`: a dead letter after all attempts. */
  readonly kind: 'handled' | 'skipped' | 'fatal' | 'hopeless'
  /** Attempts that fail before one succeeds. */
  readonly failures: number
  readonly takesMs: number
}

/** Seed and event decide. Two in a hundred fail at first, three in a thousand are set aside, five in a thousand skipped. */
export function fateOf(seed: number, event: string): Fate {
  const random = createSeededRandom(seed ^ hashOf(event))
  const draw = random.next()
  if (draw < 0.002) return { kind: 'fatal', failures: 0, takesMs: 0 }
  if (draw < 0.003) return { kind: 'hopeless', failures: 0, takesMs: 0 }
  if (draw < 0.008) return { kind: 'skipped', failures: 0, takesMs: 0 }
  const failures = draw < 0.028 ? 1 + Math.floor(random.next() * 2) : 0
  const isSlow = draw > 0.998
  // Most handlers return at once, as most do; some wait for something.
  const takesMs = isSlow ? 300 : random.next() < 0.5 ? 0 : Math.floor(random.next() * 8)
  return { kind: 'handled', failures, takesMs }
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}
