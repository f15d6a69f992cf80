/** What may not happen. */
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

export interface Anomaly {
  readonly kind: AnomalyKind
  /** A sentence with the coordinates, for who looks it up in the history. */
  readonly text: string
}

/** Counts anomalies, and keeps the first of each kind. */
export interface Anomalies {
  add(kind: AnomalyKind, text: string): void
  readonly counts: Readonly<Record<AnomalyKind, number>>
  /** Sorted by kind. */
  readonly examples: readonly Anomaly[]
}

const mostExamples = 100

export function createAnomalies(): Anomalies {
  const counts = { lost: 0, doubled: 0, inverted: 0, invented: 0, states: 0, commits: 0, stuck: 0, crashed: 0 }
  const examples: Anomaly[] = []
  return {
    counts,
    get examples() {
      return examples.toSorted((left, right) => left.kind.localeCompare(right.kind))
    },
    add(kind, text) {
      counts[kind] += 1
      if (counts[kind] <= mostExamples) examples.push({ kind, text })
    },
  }
}
