import type { Random } from '@ledgerbus/core'

const kinds = [
  'kill',
  'kill',
  'kill',
  'restart',
  'join',
  'freeze',
  'freeze',
  'lose',
  'rebalance',
  'commits',
  'commits',
  'inserts',
  'inserts',
  'inserts',
  'log-away',
  'broker-away',
] as const

/** Something that happens to sinks, or to what they stand on. */
export interface SimulatedSinkFault {
  readonly kind: (typeof kinds)[number]
  /** Whom it hits, as a share. */
  readonly at: number
  /** How long it lasts, or how late an answer is. */
  readonly ms: number
  /** Of operations that go wrong: when they happen all the same. */
  readonly laterMs: number
  readonly outcome: 'failed' | 'unknown'
  readonly applied: 'all' | 'some' | 'none'
}

export function drawSinkFault(random: Random): SimulatedSinkFault {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random.next() * items.length)] as Item
  return {
    kind: pick(kinds),
    at: random.next(),
    ms: pick([0, 1, 30, 200, 1_000, 5_000]),
    laterMs: pick([0, 0, 50, 1_000, 8_000]),
    outcome: pick(['failed', 'unknown', 'unknown', 'unknown'] as const),
    applied: pick(['all', 'some', 'none'] as const),
  }
}
