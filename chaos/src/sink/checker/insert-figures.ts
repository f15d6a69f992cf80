import type { Insert, LogHistory } from './log-history.ts'

/** What storing took. */
export interface InsertFigures {
  readonly inserts: number
  /** Inserts of a range that was asked for before, by the same sink. */
  readonly repeatedInserts: number
  /** Ranges that another sink had asked for, and a new owner stored again exactly. */
  readonly recoveries: number
  /** Records that were inserted again as part of another range: each is a copy until the next merge. */
  readonly rewritten: number
}

export function insertFigures({ inserts, stored }: Pick<LogHistory, 'inserts' | 'stored'>): InsertFigures {
  const askedBy = new Map<string, Set<string>>()
  let repeatedInserts = 0
  let recoveries = 0
  for (const { by, topic, partition, first, next } of inserts) {
    const range = `${topic}/${partition} [${first}, ${next})`
    const asked = askedBy.get(range)
    if (asked?.has(by) === true) repeatedInserts += 1
    else if (asked !== undefined) recoveries += 1
    askedBy.set(range, (asked ?? new Set()).add(by))
  }
  return { inserts: inserts.length, repeatedInserts, recoveries, rewritten: rewritten(inserts, stored) }
}

/** Records in more than one range that may stand: a range that failed is not there, one of unknown outcome may be. */
function rewritten(inserts: readonly Insert[], stored: LogHistory['stored']): number {
  const ranges = new Map<string, Map<string, Insert>>()
  for (const insert of inserts) {
    if (insert.outcome === 'failed') continue
    const name = `${insert.topic}/${insert.partition}`
    const known = ranges.get(name) ?? new Map<string, Insert>()
    ranges.set(name, known.set(`${insert.first}-${insert.next}`, insert))
  }
  const sorted = new Map(
    [...ranges].map(([name, known]) => [name, [...known.values()].sort((left, right) => left.first - right.first)]),
  )
  const inOrder = stored.toSorted((left, right) => left.partition - right.partition || left.offset - right.offset)
  let copies = 0
  let name = ''
  let index = 0
  let open: Insert[] = []
  for (const { topic, partition, offset } of inOrder) {
    if (name !== `${topic}/${partition}`) {
      name = `${topic}/${partition}`
      index = 0
      open = []
    }
    const all = sorted.get(name) ?? []
    for (let insert = all[index]; insert !== undefined && insert.first <= offset; insert = all[index]) {
      open.push(insert)
      index += 1
    }
    open = open.filter(({ next }) => next > offset)
    copies += Math.max(0, open.length - 1)
  }
  return copies
}
