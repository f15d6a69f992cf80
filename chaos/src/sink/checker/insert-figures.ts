import type { Insert } from './log-history.ts'

/** What storing took. */
export interface InsertFigures {
  readonly inserts: number
  /** Inserts of a range that was asked for before, by the same sink. */
  readonly repeatedInserts: number
  /** Ranges that another sink had asked for, and a new owner stored again exactly. */
  readonly recoveries: number
  /** Inserts that overlap what another range had stored already: each leaves copies. */
  readonly overlaps: number
}

export function insertFigures({ inserts }: { readonly inserts: readonly Insert[] }): InsertFigures {
  const askedBy = new Map<string, Set<string>>()
  /** How far each partition is stored, as acknowledged. */
  const storedTo = new Map<string, number>()
  const figures = { inserts: inserts.length, repeatedInserts: 0, recoveries: 0, overlaps: 0 }
  for (const { by, topic, partition, first, next, outcome } of inserts) {
    const name = `${topic}/${partition}`
    const range = `${name} [${first}, ${next})`
    const asked = askedBy.get(range)
    if (asked?.has(by) === true) figures.repeatedInserts += 1
    else if (asked !== undefined) figures.recoveries += 1
    else if (first < (storedTo.get(name) ?? 0)) figures.overlaps += 1
    askedBy.set(range, (asked ?? new Set()).add(by))
    if (outcome === 'ok') storedTo.set(name, Math.max(storedTo.get(name) ?? 0, next))
  }
  return figures
}
