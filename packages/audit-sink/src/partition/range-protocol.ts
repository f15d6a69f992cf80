import type { AssignedPartition, NextOffset } from '@ledgerbus/core'
import type { RangeBatch } from '../batch/range-batch.ts'
import type { CommitQueue } from './commit-queue.ts'
import { insertUntilStored, type StoreNeeds, type Trouble } from './insert-until-stored.ts'

/**
 * How the records of one owned partition get from Kafka into the log: the order of insert and commit, and nothing else.
 *
 * 1. Owned: begin at the commit, or at the partition's first record.
 * 2. Insert a range until it stands. One at a time.
 * 3. Commit the range's end. Only now.
 *
 * Killed before 3, the next owner inserts again what stands already, in ranges cut elsewhere. The log reads exactly once all the same: a
 * record's coordinates are its sort key. What that costs are copies until the next merge; writing each range into the commit's metadata
 * before its insert would spare them, and would be steps of this file (docs/decisions/0045-the-sink-commits-after-the-insert.md).
 */
export interface RangeProtocol {
  /** Where the partition begins. */
  readonly start: NextOffset
  /** Resolves `false` when the ownership ended before everything stood. */
  store(batch: RangeBatch): Promise<boolean>
  /** Nothing below `next` is left to store. */
  confirm(next: NextOffset): void
}

/** What the protocol works with. */
export interface ProtocolNeeds extends StoreNeeds {
  readonly commits: CommitQueue
}

/** @param listener hears of commits and of trouble */
export function createRangeProtocol(
  needs: ProtocolNeeds,
  assigned: AssignedPartition,
  listener: {
    readonly signal: AbortSignal
    readonly committed: (next: NextOffset) => void
    readonly trouble: (trouble: Trouble | undefined) => void
  },
): RangeProtocol {
  function confirm(next: NextOffset): void {
    needs.commits.request({ ownership: assigned, next, committed: listener.committed })
  }

  async function store(batch: RangeBatch): Promise<boolean> {
    // Halves of a refused range, the next one last: they are stored in the order of their offsets, each confirmed for itself.
    const open = [batch]
    for (let current = open.pop(); current !== undefined; current = open.pop()) {
      const result = await insertUntilStored(needs, current, listener)
      if (result === 'ended') return false
      if (result === 'stored') {
        confirm(current.range.next)
        continue
      }
      const [left, right] = current.halves() ?? [current, undefined]
      if (right !== undefined) open.push(right)
      open.push(left)
    }
    return true
  }

  return { start: assigned.committed?.offset ?? (assigned.low as NextOffset), store, confirm }
}
