/** Which records of a lane may share a batch: those before a record must be done, or stand before it in the same batch. */
export interface LaneOrder<Lane> {
  /** In offset order within a lane. */
  begun(lane: Lane, offset: bigint): void
  ended(lane: Lane, offset: bigint): void
  /** Starts to fill a batch; ask it for each candidate in offset order. */
  fill(): { admits(lane: Lane, offset: bigint): boolean }
}

export function createLaneOrder<Lane>(): LaneOrder<Lane> {
  /** Offsets begun and not ended, ascending. */
  const open = new Map<Lane, bigint[]>()

  return {
    begun(lane, offset) {
      const offsets = open.get(lane)
      if (offsets === undefined) open.set(lane, [offset])
      else offsets.push(offset)
    },
    ended(lane, offset) {
      const offsets = open.get(lane)
      if (offsets === undefined) return
      offsets.splice(offsets.indexOf(offset), 1)
      if (offsets.length === 0) open.delete(lane)
    },
    fill() {
      const admitted = new Map<Lane, number>()
      return {
        admits(lane, offset) {
          const count = admitted.get(lane) ?? 0
          if (open.get(lane)?.[count] !== offset) return false
          admitted.set(lane, count + 1)
          return true
        },
      }
    },
  }
}
