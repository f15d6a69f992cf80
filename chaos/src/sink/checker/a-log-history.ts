import type { LedgerFact, OperationOutcome } from '../../ledger/ledger-event.ts'
import type { WitnessedRecord } from '../../witness/witnessed-record.ts'
import { createLogHistory, type LogHistory, type ReadEntry, type Standing, type TableRow } from './log-history.ts'

const topic = 'orders'
const partition = 0

/** A hand-made run of one partition. Every step takes 10 ms of a clock of its own. */
export interface HandMadeLog {
  /** Records at the next offsets. */
  publishes(records: number, how?: { readonly outcome?: OperationOutcome; readonly isStored?: boolean }): void
  /** An offset that holds nothing: the mark of a transaction. */
  hole(): void
  owns(sink: string, how?: { readonly committed?: number; readonly epoch?: number }): void
  asksToInsert(sink: string, first: number, next: number): number
  answers(sink: string, insert: number, outcome?: OperationOutcome): void
  /** Asks and is answered. */
  inserts(sink: string, first: number, next: number, outcome?: OperationOutcome): void
  commits(sink: string, offset: number, outcome?: OperationOutcome | 'fenced'): void
  fact(by: string, fact: LedgerFact): void
  /** What stands in the end: everything, once, committed; but for what is changed. */
  build(change?: (standing: Standing) => Partial<Standing>): LogHistory
}

export function aLogHistory(): HandMadeLog {
  const history = createLogHistory()
  const stored: WitnessedRecord[] = []
  let ms = 0
  let ids = 0
  let offset = 0

  function fact(by: string, what: LedgerFact): void {
    ms += 10
    history.event({ by, wallMs: ms, monotonicMs: ms, ...what })
  }

  function nextId(): number {
    ids += 1
    return ids
  }

  const made: HandMadeLog = {
    publishes(records, { outcome = 'ok', isStored = outcome === 'ok' } = {}) {
      const id = nextId()
      const base = offset
      const numbers = Array.from({ length: records }, (_, index) => (isStored ? `${base + index}` : `${id}-${index}`))
      const digests = numbers.map((number) => `d${number}`)
      const digestsInOrder = numbers.map((number) => `o${number}`)
      fact('run', { kind: 'append', id, partition, digests, digestsInOrder })
      fact('run', { kind: 'appended', id, outcome, ...(outcome === 'ok' && { base }) })
      if (!isStored) return
      for (const digest of digests) {
        stored.push({
          ...{ topic, partition, offset, key: 'k', event: '' },
          ...{ hash: `h${offset}`, digest, bare: digest, timestampMs: `${1_000 + offset}`, isTombstone: false },
        })
        offset += 1
      }
    },
    hole() {
      offset += 1
    },
    owns(sink, { committed, epoch = 1 } = {}) {
      fact(sink, { kind: 'started', pid: 1 })
      fact(sink, { kind: 'assigned', topic, partition, epoch, ...(committed !== undefined && { committed }) })
    },
    asksToInsert(sink, first, next) {
      const id = nextId()
      fact(sink, { kind: 'insert', id, topic, partition, first, next })
      return id
    },
    answers(sink, id, outcome = 'ok') {
      fact(sink, { kind: 'inserted', id, outcome })
    },
    inserts(sink, first, next, outcome = 'ok') {
      made.answers(sink, made.asksToInsert(sink, first, next), outcome)
    },
    commits(sink, to, outcome = 'ok') {
      const id = nextId()
      fact(sink, { kind: 'commit', id, positions: [{ topic, partition, epoch: 1, offset: to, metadata: 0 }] })
      fact(sink, { kind: 'committed', id, outcome })
    },
    fact,
    build(change = () => ({})) {
      const finalRows = stored.map(({ hash, timestampMs, isTombstone, offset: at }): TableRow => {
        return { partition, offset: at, timestampMs, hash, isTombstone }
      })
      const entries = stored.map(({ hash, timestampMs, digest, offset: at }): ReadEntry => {
        return { partition, offset: at, timestampMs, hash, digest, digestInOrder: `o${at}` }
      })
      const standing = {
        ...{ stored, entries, finalRows, physicalRows: finalRows },
        ends: [{ topic, partition, committed: offset, end: offset }],
      }
      return history.build({ ...standing, ...change(standing) })
    },
  }
  return made
}
