import type { Random } from '@ledgerbus/core'

const kinds = [
  'kill',
  'kill',
  'kill',
  'freeze',
  'zombie',
  'zombie',
  'rival',
  'rival',
  'interrupt',
  'pause',
  'pause',
  'commits',
  'commits',
  'commits',
  'appends',
  'reads',
  'log-away',
  'broker-away',
] as const

/** Something that happens to a replay, or to what it stands on. */
export interface SimulatedReplayFault {
  readonly kind: (typeof kinds)[number]
  /** Which replay it hits, as a share. */
  readonly at: number
  /** How long it lasts. */
  readonly ms: number
  /** Of operations that go wrong, after so many that go right. */
  readonly outcome: 'failed' | 'unknown'
  readonly isStored: boolean
  readonly after: number
}

export function drawReplayFault(random: Random): SimulatedReplayFault {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random.next() * items.length)] as Item
  return {
    kind: pick(kinds),
    at: random.next(),
    ms: pick([0, 30, 1_000, 4_000, 20_000, 40_000]),
    outcome: pick(['failed', 'unknown'] as const),
    isStored: random.next() < 0.5,
    after: Math.floor(random.next() * 6),
  }
}
