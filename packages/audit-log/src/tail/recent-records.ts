import type { Coordinates } from '@ledgerbus/core'

/** A copy comes soon after its record: an insert is repeated until it is known to stand. */
const remembered = 100_000

/** Knows the records that came last, so that a copy of one of them is no news. */
export interface RecentRecords {
  isNew(record: Coordinates): boolean
}

export function createRecentRecords(most: number = remembered): RecentRecords {
  // Two halves take turns: the older one is forgotten as a whole.
  let newer = new Set<string>()
  let older = new Set<string>()
  return {
    isNew({ cluster, topic, partition, offset, timestampMs }) {
      const key = `${partition} ${offset} ${timestampMs} ${topic} ${cluster}`
      if (newer.has(key) || older.has(key)) return false
      newer.add(key)
      if (newer.size * 2 >= most) {
        older = newer
        newer = new Set()
      }
      return true
    },
  }
}
