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
}
