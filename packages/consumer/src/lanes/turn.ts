import type { Clock } from '@ledgerbus/core'
import type { Ownership } from '../group/ownership.ts'
import type { SlotQueue } from './slots.ts'
import type { TurnRegistry } from './turn-registry.ts'
import { waitUnless } from './wait-unless.ts'

/** Work on a record, as a lane does it: it holds a slot while a handler runs, and gives it back while it waits. */
export interface Turn {
  readonly ownership: Ownership
  /** The turn of the lane whose record this is; itself, unless it was forked. */
  readonly lane: Turn
  /** Waits for a slot, when none is held; `false`: the ownership is over. */
  begin(): Promise<boolean>
  /** A slot that was taken for this turn is held from now on. */
  hold(): void
  /** Gives the slot back; without effect when none is held. */
  rest(): void
  /** Waits without a slot, then for one. `false` when there is no point in waiting: the group drains, or the ownership is over. */
  wait(ms: number): Promise<boolean>
  /** The same until something is `true`; with `false` no slot is taken. Counts as waiting, not as work, to whoever waits for work to end. */
  idleUntil(until: () => Promise<boolean>): Promise<boolean>
  /**
   * The partition stands still but for this turn, and for others that did the same, until the function returned is called; more than once does no harm. What
   * runs already goes on.
   */
  holdOthers(): () => void
  /** It waits from now on, without a slot. */
  idle(): void
  /** It works again, with or without a slot. */
  active(): void
  /** Whether it waits. */
  isIdle(): boolean
  /** Another turn in the same partition, for work beside this one's. To be ended. */
  fork(): Turn
  /** The work is done: nothing is held, nobody waits for it. */
  end(): void
}

export interface TurnOptions {
  readonly ownership: Ownership
  readonly slots: SlotQueue
  readonly turns: TurnRegistry
  readonly clock: Clock
}

export function createTurn(options: TurnOptions, lane?: Turn): Turn {
  const { ownership, slots, turns, clock } = options
  let holdsSlot = false
  let isIdle = false
  let holdsOthers = 0

  const turn: Turn = {
    ownership,
    get lane() {
      return lane ?? turn
    },
    async begin() {
      // Who holds a slot is at work, and must not seem to be at rest, not even for a moment.
      if (!holdsSlot) {
        turn.idle()
        holdsSlot = await new Promise((resolve) => slots.enter(resolve, holdsOthers > 0 ? 'first' : undefined))
      }
      if (ownership.isOver()) turn.rest()
      turn.active()
      return holdsSlot
    },
    hold() {
      holdsSlot = true
      isIdle = false
    },
    rest() {
      if (!holdsSlot) return
      holdsSlot = false
      slots.give()
    },
    wait: (ms) => turn.idleUntil(() => waitUnless(clock, ms, ownership.hurry)),
    async idleUntil(until) {
      turn.idle()
      const isTrue = await until()
      turn.active()
      return isTrue && turn.begin()
    },
    holdOthers() {
      let isOver = false
      holdsOthers += 1
      slots.holdOthers()
      return () => {
        if (isOver) return
        isOver = true
        holdsOthers -= 1
        slots.releaseOthers()
      }
    },
    idle() {
      turn.rest()
      isIdle = true
      turns.idle(turn)
    },
    active() {
      isIdle = false
      turns.active(turn)
    },
    isIdle: () => isIdle,
    fork: () => createTurn(options, turn.lane),
    end() {
      turns.ended(turn)
      turn.rest()
    },
  }
  return turn
}
