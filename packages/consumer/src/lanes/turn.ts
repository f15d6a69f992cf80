import type { Ownership } from '../group/ownership.ts'

/** A lane at work on a record: it holds a slot while a handler runs, and gives it back while it waits. */
export interface Turn {
  readonly ownership: Ownership
  /** Waits for a slot, when none is held; `false`: the ownership is over. */
  begin(): Promise<boolean>
  /** Gives the slot back; without effect when none is held. */
  rest(): void
  /** Waits without a slot, then for one. `false` when there is no point in waiting: the group drains, or the ownership is over. */
  wait(ms: number): Promise<boolean>
  /** The same until something is `true`; with `false` no slot is taken. Counts as waiting, not as work, to whoever waits for work to end. */
  idleUntil(until: () => Promise<boolean>): Promise<boolean>
}
