import type { Random } from '@ledgerbus/core'

const kinds = [
  'kill',
  'kill',
  'restart',
  'restart',
  'join',
  'freeze',
  'lose',
  'rebalance',
  'commits',
  'commits',
  'commits',
  'dead-letters',
  'dead-letters',
  'broker-away',
] as const

/** Something that happens to the group. */
export interface SimulatedFault {
  readonly kind: (typeof kinds)[number]
  /** Whom it hits, as a share. */
  readonly at: number
  /** How long it lasts, or how long a closing member may drain. */
  readonly ms: number
  /** Of operations that go wrong. */
  readonly outcome: 'ok' | 'failed' | 'unknown'
  readonly isStored: boolean
}

export function drawFault(random: Random): SimulatedFault {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random.next() * items.length)] as Item
  return {
    kind: pick(kinds),
    at: random.next(),
    ms: pick([0, 1, 30, 200, 1_000, 5_000]),
    outcome: pick(['ok', 'failed', 'unknown'] as const),
    isStored: random.next() < 0.5,
  }
}
