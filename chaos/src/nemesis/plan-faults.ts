import { createSeededRandom } from '@ledgerbus/testkit'
import { type Fault, type FaultKind, targetOf } from './fault.ts'

/** What faults are drawn from. */
export interface FaultPlanOptions {
  readonly seed: number
  /** How many faults. */
  readonly faults: number
  readonly members: number
  readonly brokers: number
  /** A freeze of a member lasts longer than this. */
  readonly sessionTimeoutMs: number
  /** @default all */
  readonly kinds?: readonly FaultKind[]
}

/** Which faults, when, on whom: the same for the same options. It is data, to be kept beside the history. */
export interface FaultPlan extends FaultPlanOptions {
  readonly faults: number
  /** Sorted by their beginning. */
  readonly plan: readonly Fault[]
  /** When the last fault is over, recovery not counted. */
  readonly endMs: number
}

/** How often a kind is in the deck. The whole deck is dealt before a kind comes again more often than this. */
const deckOf: Readonly<Record<FaultKind, number>> = {
  'member-kill': 3,
  'member-freeze': 2,
  'member-restart': 2,
  'broker-kill': 1,
  'broker-freeze': 1,
  cut: 2,
  'stall-requests': 1,
  'stall-answers': 1,
  slow: 1,
  'swallow-answers': 1,
}

/** A broker that comes back has to catch up before another may go: with two of three away nothing can be stored. */
const brokerRecoveryMs = 12_000
const memberRecoveryMs = 2_000

/**
 * Draws faults: every 3 to 5 seconds another subset, the empty one included. One target has one fault at a time, and at most one broker is killed or frozen.
 */
export function planFaults(options: FaultPlanOptions): FaultPlan {
  const { seed, faults: count, members, brokers, sessionTimeoutMs } = options
  const kinds = options.kinds ?? (Object.keys(deckOf) as FaultKind[])
  const random = createSeededRandom(seed)
  const busyUntilMs = new Map<string, number>()
  const plan: Omit<Fault, 'id'>[] = []
  const deck: FaultKind[] = []

  function between(least: number, most: number): number {
    return Math.round(least + random.next() * (most - least))
  }

  function draw(): FaultKind {
    if (deck.length === 0) {
      deck.push(
        ...shuffled(
          kinds.flatMap((kind) => Array.from({ length: deckOf[kind] }, () => kind)),
          random,
        ),
      )
    }
    return deck.pop() as FaultKind
  }

  function durationOf(kind: FaultKind): number {
    switch (kind) {
      case 'member-kill':
      case 'member-restart':
        return between(0, 1_500)
      case 'member-freeze':
        return between(sessionTimeoutMs * 1.4, sessionTimeoutMs * 2.5)
      case 'broker-kill':
        return between(500, 5_000)
      case 'broker-freeze':
        return between(2_000, 8_000)
      default:
        return between(1_500, 6_000)
    }
  }

  function place(kind: FaultKind, stepMs: number): Omit<Fault, 'id' | 'waitsForWork'> | undefined {
    const isOfMember = kind.startsWith('member-')
    const isOfBroker = kind.startsWith('broker-')
    const atMs = stepMs + between(0, 1_500)
    const targets = Array.from({ length: isOfMember ? members : brokers }, (_, index) => index)
    const free = targets.filter((target) => (busyUntilMs.get(targetOf({ kind, target })) ?? 0) <= atMs)
    const target = free[Math.floor(random.next() * free.length)]
    if (target === undefined || (isOfBroker && (busyUntilMs.get('a broker') ?? 0) > atMs)) return undefined
    const forMs = durationOf(kind)
    const overMs = atMs + forMs + (isOfBroker ? brokerRecoveryMs : memberRecoveryMs)
    busyUntilMs.set(targetOf({ kind, target }), overMs)
    if (isOfBroker) busyUntilMs.set('a broker', overMs)
    return { kind, target, atMs, forMs }
  }

  for (let stepMs = between(3_000, 5_000); plan.length < count; stepMs += between(3_000, 5_000)) {
    const waitsForWork = random.next() < 0.7
    const subset = Math.min(subsetSize(random.next()), count - plan.length)
    const refused: FaultKind[] = []
    for (let drawn = 0; drawn < subset; ) {
      const kind = draw()
      const fault = place(kind, stepMs)
      if (fault === undefined) refused.push(kind)
      else plan.push({ ...fault, waitsForWork: waitsForWork && drawn === 0 })
      if (fault !== undefined || refused.length > 3) drawn += 1
    }
    // What could not be placed now comes first at the next step.
    deck.push(...refused)
  }
  const inTime = plan.sort((left, right) => left.atMs - right.atMs).map((fault, index) => ({ ...fault, id: index + 1 }))
  const endMs = plan.reduce((end, { atMs, forMs }) => Math.max(end, atMs + forMs), 0)
  return { ...options, plan: inTime, endMs }
}

function subsetSize(draw: number): number {
  if (draw < 0.2) return 0
  if (draw < 0.6) return 1
  return draw < 0.9 ? 2 : 3
}

function shuffled<Item>(items: readonly Item[], random: { next(): number }): Item[] {
  const left = [...items]
  return items.map(() => left.splice(Math.floor(random.next() * left.length), 1)[0] as Item)
}
