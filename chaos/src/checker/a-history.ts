import type { LedgerFact, OperationOutcome } from '../ledger/ledger-event.ts'
import { createHistory, type History } from './history.ts'

const topic = 'orders'
const partition = 0

/** A hand-made history of one partition. Every step takes 10 ms of a clock of its own. */
export interface HandMade {
  /** An event that is stored at the next offset. */
  publishes(key: string, how?: { readonly outcome?: OperationOutcome; readonly isStored?: boolean }): number
  owns(member: string, how?: { readonly committed?: number; readonly epoch?: number }): void
  begins(member: string, offset: number, how?: { readonly attempt?: number; readonly hash?: string }): void
  ends(
    member: string,
    offset: number,
    how?: {
      readonly attempt?: number
      readonly result?: 'handled' | 'skipped' | 'failed'
      readonly isAborted?: boolean
    },
  ): void
  /** Begins and ends. */
  handles(member: string, offset: number, result?: 'handled' | 'skipped' | 'failed'): void
  deadLetters(
    member: string,
    offset: number,
    how?: { readonly outcome?: OperationOutcome; readonly isStored?: boolean; readonly hash?: string },
  ): void
  commits(
    member: string,
    offset: number,
    how?: { readonly outcome?: OperationOutcome | 'fenced'; readonly metadata?: number },
  ): void
  loses(member: string): void
  killed(member: string): void
  closes(member: string, commit?: OperationOutcome): void
  fact(by: string, fact: LedgerFact): void
  waits(ms: number): void
  /** Where the group stands in the end. @default behind the last record */
  build(committed?: number): History
}

export function aHistory(): HandMade {
  const history = createHistory()
  const keys: string[] = []
  const epochs = new Map<string, number>()
  let ms = 0
  let ids = 0
  let letters = 0
  let publishes = 0

  function fact(by: string, what: LedgerFact): void {
    ms += 10
    history.event({ by, wallMs: ms, monotonicMs: ms, ...what })
  }

  function at(member: string, offset: number) {
    return { topic, partition, offset, epoch: epochs.get(member) ?? 0 }
  }

  const made: HandMade = {
    publishes(key, { outcome = 'ok', isStored = outcome === 'ok' } = {}) {
      const offset = keys.length
      publishes += 1
      const event = isStored ? `e${offset}` : `never-stored-${publishes}`
      fact('run', { kind: 'publish', event, key, sequence: publishes })
      const place = { topic, partition, offset }
      fact('run', { kind: 'published', event, outcome, hash: `h${offset}`, ...(outcome === 'ok' && { at: place }) })
      if (!isStored) return offset
      history.stored({ ...place, key, event, hash: `h${offset}` })
      keys.push(key)
      return offset
    },
    owns(member, { committed, epoch = 1 } = {}) {
      epochs.set(member, epoch)
      fact(member, { kind: 'started', pid: 1 })
      fact(member, { kind: 'assigned', topic, partition, epoch, ...(committed !== undefined && { committed }) })
    },
    begins(member, offset, { attempt = 1, hash = `h${offset}` } = {}) {
      const about = { event: `e${offset}`, key: keys[offset] ?? '?', sequence: offset, hash, attempt }
      fact(member, { kind: 'run', ...at(member, offset), ...about })
    },
    ends(member, offset, { attempt = 1, result = 'handled', isAborted = false } = {}) {
      fact(member, { kind: 'ran', ...at(member, offset), attempt, result, isAborted })
    },
    handles(member, offset, result = 'handled') {
      made.begins(member, offset)
      made.ends(member, offset, { result })
    },
    deadLetters(member, offset, { outcome = 'ok', isStored = outcome === 'ok', hash = `h${offset}` } = {}) {
      ids += 1
      fact(member, { kind: 'dead-letter', id: ids, ...at(member, offset) })
      fact(member, { kind: 'dead-lettered', id: ids, outcome })
      if (!isStored) return
      const letter = {
        topic: 'orders.billing.dlq',
        partition,
        offset: letters,
        key: keys[offset] ?? '?',
        event: `e${offset}`,
        hash,
      }
      history.deadLetter({ ...letter, origin: { topic, partition, offset } })
      letters += 1
    },
    commits(member, offset, { outcome = 'ok', metadata = 10 } = {}) {
      ids += 1
      fact(member, { kind: 'commit', id: ids, positions: [{ ...at(member, offset), metadata }] })
      fact(member, { kind: 'committed', id: ids, outcome })
    },
    loses(member) {
      fact(member, { kind: 'lost', topic, partition, epoch: epochs.get(member) ?? 0 })
    },
    killed(member) {
      fact('run', { kind: 'killed', member })
      fact('run', { kind: 'ended', member, code: null, signal: 'SIGKILL', isExpected: true })
    },
    closes(member, commit = 'ok') {
      fact(member, { kind: 'leaving' })
      made.loses(member)
      fact(member, { kind: 'closed', commit, left: 0, aborted: 0 })
      fact('run', { kind: 'ended', member, code: 0, signal: null, isExpected: true })
    },
    fact,
    waits(pause) {
      ms += pause
    },
    build(committed = keys.length) {
      history.end({ topic, partition, committed, end: keys.length })
      return history.build()
    },
  }
  return made
}
