import { createSeededRandom } from '@ledgerbus/testkit'
import type { Fate } from '../consumer/fate.ts'

/** What a handler does with an event, at every delivery the same. Trouble is common: a simulation has few records. */
export function fateOf(seed: number, event: string): Fate {
  const random = createSeededRandom(seed ^ Number.parseInt(event.slice(-8), 16))
  const draw = random.next()
  const takesMs = random.next() < 0.4 ? 0 : Math.floor(random.next() ** 3 * 400)
  const failures = random.next() < 0.15 ? 1 + Math.floor(random.next() * 2) : 0
  if (draw < 0.03) return { kind: 'fatal', failures: 0, takesMs }
  if (draw < 0.05) return { kind: 'hopeless', failures: 0, takesMs }
  if (draw < 0.1) return { kind: 'skipped', failures: 0, takesMs }
  return { kind: 'handled', failures, takesMs }
}
