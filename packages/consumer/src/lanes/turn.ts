import type { Ownership } from '../group/ownership.ts'
import type { SlotQueue } from './slots.ts'

/** A lane at work: it holds a slot while a handler runs, and gives it back while it waits. */
export interface Turn {
  readonly ownership: Ownership
  /** Waits for a slot; `false`: the ownership is over. */
  begin(): Promise<boolean>
  /** Gives the slot back; without effect when none is held. */
  rest(): void
}

export function createTurn(ownership: Ownership, slots: SlotQueue): Turn {
  let holdsSlot = false

  function rest(): void {
    if (!holdsSlot) return
    holdsSlot = false
    slots.give()
  }

  return {
    ownership,
    async begin() {
      if (!holdsSlot) holdsSlot = await slots.take()
      if (!ownership.isOver()) return holdsSlot
      rest()
      return false
    },
    rest,
  }
}
