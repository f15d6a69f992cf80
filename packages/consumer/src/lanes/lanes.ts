import type { ConsumerRecord } from '@ledgerbus/core'
import { createLane, type Lane, type LaneOptions } from './lane.ts'
import { laneKeyOf, type Ordering } from './lane-key.ts'

/** The lanes of one partition: records of one lane one after the other, in offset order; lanes beside each other. */
export interface Lanes {
  /** In offset order. */
  add(record: ConsumerRecord): void
}

export function createLanes(options: LaneOptions & { readonly ordering: Ordering }): Lanes {
  const lanes = new Map<string, Lane>()

  return {
    add(record) {
      const key = laneKeyOf(record, options.ordering)
      let lane = key === undefined ? undefined : lanes.get(key)
      if (lane === undefined) {
        lane = createLane(options, () => {
          if (key !== undefined) lanes.delete(key)
        })
        if (key !== undefined) lanes.set(key, lane)
      }
      lane.add(record)
    },
  }
}
