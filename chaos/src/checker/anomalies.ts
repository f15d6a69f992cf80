/** What may not happen to a group of consumers. */
export type AnomalyKind =
  /** Published, or committed past, and nothing became of it. */
  | 'lost'
  /** Handled, or stored, again with nothing to explain it. */
  | 'doubled'
  /** Handled, or stored, out of the order of its key. */
  | 'inverted'
  /** Nobody published it, or not like this. */
  | 'invented'
  /** It came to more than one end. */
  | 'states'
  /** A commit that moved back, passed an unfinished record, or was taken from who owns nothing. */
  | 'commits'
  /** Not finished when there was time enough. */
  | 'stuck'
  /** A member ended by itself. */
  | 'crashed'

/** In the order of the verdict. */
export const anomalyKinds: readonly AnomalyKind[] = [
  'lost',
  'doubled',
  'inverted',
  'invented',
  'states',
  'commits',
  'stuck',
  'crashed',
]

export interface Anomaly<Kind extends string = AnomalyKind> {
  readonly kind: Kind
  /** A sentence with the coordinates, for who looks it up in the history. */
  readonly text: string
}

/** Counts anomalies, and keeps the first of each kind. */
export interface Anomalies<Kind extends string = AnomalyKind> {
  add(kind: Kind, text: string): void
  readonly counts: Readonly<Record<Kind, number>>
  readonly isNone: boolean
  /** Sorted by kind. */
  readonly examples: readonly Anomaly<Kind>[]
}

const mostExamples = 100

/** @param kinds all there can be, in the order of the verdict */
export function createAnomalies<Kind extends string>(kinds: readonly Kind[]): Anomalies<Kind> {
  // An object made from all kinds has all kinds, which the type of `fromEntries` cannot say.
  const counts = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Kind, number>
  const examples: Anomaly<Kind>[] = []
  return {
    counts,
    get isNone() {
      return kinds.every((kind) => counts[kind] === 0)
    },
    get examples() {
      return examples.toSorted((left, right) => left.kind.localeCompare(right.kind))
    },
    add(kind, text) {
      counts[kind] += 1
      if (counts[kind] <= mostExamples) examples.push({ kind, text })
    },
  }
}
