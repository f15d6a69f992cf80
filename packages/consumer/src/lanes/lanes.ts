import type { ConsumerRecord } from '@ledgerbus/core'
import { createLane, type Lane, type LaneOptions } from './lane.ts'
import { laneKeyOf, type LaneOrdering } from './lane-key.ts'

/** The lanes of one partition: records of one lane one after the other, in offset order; lanes beside each other. */
export interface Lanes {
  /** In offset order. */
  add(record: ConsumerRecord): void
}

export function createLanes(options: LaneOptions & { readonly ordering: LaneOrdering }): Lanes {
  const lanes = new Map<string, Lane>()
  /** Empty lanes, to be used again: a partition may see another key with every record. */
  const spare: Lane[] = []

  function open(key: string | undefined): Lane {
    const lane = spare.pop() ?? createLane(options, forget)
    lane.key = key
    if (key !== undefined) lanes.set(key, lane)
    return lane
  }

  function forget(lane: Lane): void {
    if (lane.key !== undefined) lanes.delete(lane.key)
    if (spare.length < mostSpare) spare.push(lane)
  }

  return {
    add(record) {
      const key = laneKeyOf(record, options.ordering)
      const lane = (key === undefined ? undefined : lanes.get(key)) ?? open(key)
      lane.add(record)
    },
  }
}

const mostSpare = 64
