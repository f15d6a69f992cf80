import type { AssignedPartition, Logger, NextOffset } from '@ledgerbus/core'
import { decodeFinishedMap, type OffsetRuns } from '../offsets/finished-map.ts'

/** What the last owner left: where the group stands, and what is finished ahead of it. */
export interface LeftByLastOwner {
  readonly committed: NextOffset | undefined
  /** The metadata of the commit; empty where it says nothing that counts. */
  readonly metadata: string
  readonly finished: OffsetRuns
  /** How many offsets are finished ahead, holes included. */
  readonly finishedAhead: number
}

/** Reads what a commit says when a partition is taken over. */
export function takeOver(
  { topic, partition, committed, end }: AssignedPartition,
  { groupId, logger }: { readonly groupId: string; readonly logger: Logger },
): LeftByLastOwner {
  // A commit beyond the end is of records that are gone, as in a topic made anew; the next one lies below it and counts all the same.
  if (committed === undefined || committed.offset > end) return nothing
  const { offset, metadata } = committed
  const map = decodeFinishedMap(metadata, end - offset)
  if (map.kind === 'unreadable') {
    logger.warn(
      { groupId, topic, partition, offset: String(offset), why: map.why },
      'the metadata of the commit is no map of finished offsets and is ignored; records finished ahead of the commit are handled again',
    )
  }
  const finished = map.kind === 'map' ? map.runs : []
  const finishedAhead = finished.reduce((sum, length, index) => (index % 2 === 1 ? sum + length : sum), 0)
  return { committed: offset, metadata, finished, finishedAhead }
}

const nothing: LeftByLastOwner = { committed: undefined, metadata: '', finished: [], finishedAhead: 0 }
