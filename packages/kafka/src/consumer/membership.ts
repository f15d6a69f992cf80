import { createDeferred, type Deferred } from '../client/deferred.ts'
import type { MemberIdentity } from './member.ts'

/** Where the group's protocol stands for this member. */
export interface Membership {
  /**
   * Who the partitions of the moment are owned as; `undefined` before the first join and after a loss. It changes with the assignment and not
   * before: kafkajs knows the next generation while the old partitions are still held.
   */
  readonly identity: MemberIdentity | undefined
  /** Between the start of a join and its end the old generation is refused and the new one not yet known. */
  readonly isJoining: boolean
  /**
   * Whether what is owned may be kept in a join with this outcome. Not over a generation that was missed, as happens when two rebalances follow each
   * other closely: in it others may have owned the same partitions and committed further.
   */
  isContinuedBy(next: MemberIdentity): boolean
  joining(): void
  joined(identity: MemberIdentity): void
  /** The member is gone, or the group forgot it. */
  lost(): void
  /** Resolves when no join is under way, or the member is lost. */
  settled(): Promise<void>
}

export function createMembership(): Membership {
  let identity: MemberIdentity | undefined
  let join: Deferred<void> | undefined

  function settle(): void {
    join?.resolve()
    join = undefined
  }

  return {
    get identity() {
      return identity
    },
    get isJoining() {
      return join !== undefined
    },
    isContinuedBy({ memberId, generationId }) {
      if (identity?.memberId !== memberId) return false
      return generationId === identity.generationId || generationId === identity.generationId + 1
    },
    joining() {
      join ??= createDeferred<void>()
    },
    joined(as) {
      identity = as
      settle()
    },
    lost() {
      identity = undefined
      settle()
    },
    settled: () => join?.promise ?? Promise.resolve(),
  }
}
