import type { NextOffset } from '@ledgerbus/core'

/** Knows which records of one partition are done, and so how far the group may commit. */
export interface OffsetTracker {
  /** Records arrive in ascending offset order. `false`: it was received before, the batch came again. */
  received(offset: bigint): boolean
  done(offset: bigint): void
  /** The position behind the last batch; holes between records are passed over with it. */
  moved(next: NextOffset): void
  /** Where a restarted group may begin: the lowest record that is not done, else the position. `undefined` before the first of either. */
  committable(): NextOffset | undefined
  /** How many records are not done. */
  readonly open: number
  /** How many were received from the lowest that is not done on, it and those behind it that are done: they are remembered, and come again after a restart. */
  readonly ahead: number
}

/** Below this many finished records at its front the list is not shortened: each shortening copies the rest. */
const shortenFrom = 1_024

export function createOffsetTracker(): OffsetTracker {
  const open = new Set<bigint>()
  /** Received offsets, ascending; everything before `head` is done. */
  let offsets: bigint[] = []
  let head = 0
  let position: bigint | undefined

  function passFinished(): void {
    for (let offset = offsets[head]; offset !== undefined && !open.has(offset); offset = offsets[head]) head += 1
    if (head < shortenFrom || head * 2 < offsets.length) return
    offsets = offsets.slice(head)
    head = 0
  }

  return {
    received(offset) {
      if (position !== undefined && offset < position) return false
      open.add(offset)
      offsets.push(offset)
      position = offset + 1n
      return true
    },
    done(offset) {
      open.delete(offset)
    },
    moved(next) {
      if (position === undefined || next > position) position = next
    },
    committable() {
      passFinished()
      // Only received offsets count: compaction and transaction markers leave holes that never arrive.
      return (offsets[head] ?? position) as NextOffset | undefined
    },
    get open() {
      return open.size
    },
    get ahead() {
      passFinished()
      return offsets.length - head
    },
  }
}
