import { type JsonShape, numberShape, objectOf, optional, ShapeMismatch } from '../plan/json-shape.ts'
import type { ReplayPace } from '../run/replay-pace.ts'

/** JSON has no infinity, and would make null of it. */
const any = 'any'

const boundShape: JsonShape<number> = {
  encode: (bound) => (bound === Number.POSITIVE_INFINITY ? any : bound),
  decode(json, path) {
    if (json === any) return Number.POSITIVE_INFINITY
    if (typeof json === 'number') return json
    throw new ShapeMismatch(path, `a number, or ${JSON.stringify(any)}`)
  },
}

/** A pace as JSON. */
export const paceShape: JsonShape<ReplayPace> = objectOf<ReplayPace>({
  ratePerSecond: optional(numberShape),
  speed: optional(numberShape),
  maxGapMs: optional(numberShape),
  maxInFlight: numberShape,
  maxLag: boundShape,
  maxErrors: boundShape,
})
