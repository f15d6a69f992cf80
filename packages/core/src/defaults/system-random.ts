import type { Random } from '../ports/random.ts'

/** Not for secrets: jitter only. */
export const systemRandom: Random = Object.freeze({ next: () => Math.random() })
