import { createSeededRandom } from '@ledgerbus/testkit'
import { type Fault, type FaultKind, type TargetKind, targetOf } from './fault.ts'

/** How many of each there are; what is not named is not there. */
export type Targets = Readonly<Partial<Record<TargetKind, number>>>

/** What faults are drawn from. */
export interface FaultPlanOptions {
  readonly seed: number
  /** How many faults. */
  readonly faults: number
  readonly targets: Targets
  /** A freeze of a process lasts longer than this: its session, or its transaction. */
  readonly sessionTimeoutMs: number
  /** Between two subsets of faults, least and most, in milliseconds. @default 3_000 to 5_000 */
  readonly everyMs?: readonly [least: number, most: number]
}

/** Which faults, when, on whom: the same for the same options. It is data, to be kept beside the history. */
export interface FaultPlan extends FaultPlanOptions {
  /** Sorted by their beginning. */
  readonly plan: readonly Fault[]
  /** When the last fault is over, recovery not counted. */
  readonly endMs: number
}

/** One kind of fault for one kind of target. */
type Card = Pick<Fault, 'kind' | 'of'>

/** How often a card is in the deck. The whole deck is dealt before one comes again more often than this. */
const shares: readonly (readonly [of: TargetKind, kind: FaultKind, share: number])[] = [
  ['member', 'member-kill', 3],
  ['member', 'member-freeze', 2],
  ['member', 'member-restart', 2],
  ['sink', 'sink-kill', 4],
  ['sink', 'sink-freeze', 3],
  ['sink', 'sink-restart', 2],
  ['runner', 'runner-kill', 16],
  ['runner', 'runner-restart', 2],
  ['runner', 'runner-freeze', 2],
  ['runner', 'runner-zombie', 2],
  ['runner', 'runner-rival', 3],
  ['runner', 'runner-pause', 3],
  ['broker', 'broker-kill', 1],
  ['broker', 'broker-freeze', 1],
  ['broker', 'cut', 2],
  ['broker', 'stall-requests', 1],
  ['broker', 'stall-answers', 1],
  ['broker', 'slow', 1],
  ['broker', 'swallow-answers', 1],
  ['clickhouse', 'clickhouse-kill', 2],
  ['clickhouse', 'clickhouse-freeze', 1],
  ['clickhouse', 'cut', 2],
  ['clickhouse', 'stall-requests', 1],
  ['clickhouse', 'stall-answers', 1],
  ['clickhouse', 'slow', 1],
  ['clickhouse', 'swallow-answers', 2],
]

/** The cards for what a run has. */
export function deckFor(targets: Targets): readonly Card[] {
  const dealt = shares.filter(([of]) => (targets[of] ?? 0) > 0)
  return dealt.flatMap(([of, kind, share]) => Array.from({ length: share }, () => ({ kind, of })))
}

/** A broker that comes back has to catch up before another may go: with two of three away nothing can be stored. */
const brokerRecoveryMs = 12_000
const recoveryMs = 2_000

/**
 * Draws faults: every few seconds another subset, the empty one included. One target has one fault at a time, and at most one broker is killed or frozen.
 */
export function planFaults(options: FaultPlanOptions): FaultPlan {
  const { seed, faults: count, targets, sessionTimeoutMs, everyMs = [3_000, 5_000] } = options
  const random = createSeededRandom(seed)
  const busyUntilMs = new Map<string, number>()
  const plan: Omit<Fault, 'id'>[] = []
  const deck: Card[] = []

  function between(least: number, most: number): number {
    return Math.round(least + random.next() * (most - least))
  }

  function draw(): Card {
    if (deck.length === 0) deck.push(...shuffled(deckFor(targets), random))
    return deck.pop() as Card
  }

  function durationOf(kind: FaultKind): number {
    switch (kind) {
      case 'member-kill':
      case 'member-restart':
      case 'sink-kill':
      case 'sink-restart':
      case 'runner-kill':
      case 'runner-restart':
        return between(0, 1_500)
      case 'member-freeze':
      case 'sink-freeze':
        return between(sessionTimeoutMs * 1.4, sessionTimeoutMs * 2.5)
      case 'runner-freeze':
      case 'runner-zombie':
        return between(sessionTimeoutMs * 1.1, sessionTimeoutMs * 1.6)
      case 'broker-kill':
      case 'clickhouse-kill':
        return between(500, 5_000)
      case 'broker-freeze':
      case 'clickhouse-freeze':
        return between(2_000, 8_000)
      default:
        return between(1_500, 6_000)
    }
  }

  function place({ kind, of }: Card, stepMs: number): Omit<Fault, 'id' | 'waitsForWork'> | undefined {
    const isOfBroker = kind.startsWith('broker-')
    const atMs = stepMs + between(0, 1_500)
    const all = Array.from({ length: targets[of] ?? 0 }, (_, index) => index)
    const free = all.filter((target) => (busyUntilMs.get(targetOf({ kind, of, target })) ?? 0) <= atMs)
    const target = free[Math.floor(random.next() * free.length)]
    if (target === undefined || (isOfBroker && (busyUntilMs.get('a broker') ?? 0) > atMs)) return undefined
    const forMs = durationOf(kind)
    const overMs = atMs + forMs + (isOfBroker ? brokerRecoveryMs : recoveryMs)
    busyUntilMs.set(targetOf({ kind, of, target }), overMs)
    if (isOfBroker) busyUntilMs.set('a broker', overMs)
    return { kind, of, target, atMs, forMs }
  }

  for (let stepMs = between(...everyMs); plan.length < count; stepMs += between(...everyMs)) {
    const waitsForWork = random.next() < 0.7
    const subset = Math.min(subsetSize(random.next()), count - plan.length)
    const refused: Card[] = []
    for (let drawn = 0; drawn < subset; ) {
      const card = draw()
      const fault = place(card, stepMs)
      if (fault === undefined) refused.push(card)
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
