import {
  type CommitPosition,
  type ConsumerRecord,
  type NextOffset,
  type PartitionEpoch,
  silentLogger,
  systemClock,
} from '@ledgerbus/core'
import { aConsumerRecord, createFakeClock, createGate, type FakeClock } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { createActivity } from '../activity/activity.ts'
import { createConditions } from '../activity/conditions.ts'
import type { ConsumerActivity } from '../activity/consumer-activity.ts'
import { createSlots } from '../lanes/slots.ts'
import { createTurnRegistry } from '../lanes/turn-registry.ts'
import { decodeFinishedMap, encodeFinishedMap, type OffsetRuns } from '../offsets/finished-map.ts'
import { createOwnedPartition, type OwnedPartition, type OwnedPartitionOptions } from './owned-partition.ts'
import { createOwnership } from './ownership.ts'
import { createPace } from './pace.ts'

const epoch: PartitionEpoch = { topic: 'orders', partition: 0, epoch: 1, signal: new AbortController().signal }
const next = (offset: number) => BigInt(offset) as NextOffset

let clock: FakeClock
let told: ConsumerActivity['kind'][]

beforeEach(() => {
  clock = createFakeClock()
  told = []
})

/** A partition whose records wait at their gates, while the others are handled at once. */
function aPartition(gates: ReadonlyMap<bigint, Promise<void>>, options: Partial<OwnedPartitionOptions> = {}) {
  const activity = createActivity({
    handlerNames: [],
    observer: ({ kind }) => void told.push(kind),
    groupId: 'billing',
    logger: silentLogger,
  })
  const handled: bigint[] = []
  const conditions = createConditions(activity, clock)
  const partition = createOwnedPartition({
    ownership: createOwnership(epoch),
    takenOver: { committed: undefined, finished: [], metadata: '' },
    range: { low: 0n, end: 0n },
    slots: createSlots(100_000).openQueue(),
    turns: createTurnRegistry(),
    pace: createPace(clock),
    clock,
    logger: silentLogger,
    ordering: 'key',
    activity,
    conditions,
    maxBufferedRecords: 100_000,
    maxBufferedBytes: 1_000_000_000,
    mapRoom: { characters: 4_096 },
    maxOffsetsAhead: 100,
    stuckAfterMs: 60_000,
    work({ offset }: ConsumerRecord) {
      handled.push(offset)
      const gate = gates.get(offset)
      return gate === undefined ? { kind: 'handled' } : gate.then(() => ({ kind: 'handled' }))
    },
    onProgress: () => undefined,
    ...options,
  })
  return { partition, activity, conditions, handled }
}

/** Delivers offsets and tells whether there is room for more. */
async function deliver(partition: OwnedPartition, from: number, to: number): Promise<() => boolean> {
  const records = Array.from({ length: to - from }, (_, index) =>
    aConsumerRecord({ offset: BigInt(from + index), key: `order-${from + index}` }),
  )
  let hasRoom = false
  void partition.accept({ ...epoch, records, nextOffset: next(to), end: 1_000_000n }).then(() => {
    hasRoom = true
  })
  await clock.advance(0)
  return () => hasRoom
}

const finishedBy = ({ metadata = '' }: Partial<CommitPosition> = {}): OffsetRuns | undefined => {
  const map = decodeFinishedMap(metadata, 1_000_000n)
  return map.kind === 'map' ? map.runs : undefined
}

describe('the map of an owned partition', () => {
  it('is part of the commit, and committed again when it changed although the offset did not', async () => {
    const [first, second] = [createGate(), createGate()]
    const { partition } = aPartition(
      new Map([
        [0n, first.opened],
        [3n, second.opened],
      ]),
    )
    await deliver(partition, 0, 5)

    const before = partition.pending()
    expect([before?.offset, finishedBy(before)]).toEqual([0n, [1, 2, 1, 1]])
    partition.committed(before as CommitPosition)
    expect(partition.pending()).toBeUndefined()

    second.open()
    await clock.advance(0)
    const after = partition.pending()
    expect([after?.offset, finishedBy(after)]).toEqual([0n, [1, 4]])
    partition.committed(after as CommitPosition)

    first.open()
    await clock.advance(0)
    expect(partition.pending()).toMatchObject({ offset: 5n, metadata: '' })
  })

  it('spares what it names: such records come again and are counted, not handled', async () => {
    const { partition, activity, handled } = aPartition(new Map(), {
      takenOver: { committed: next(10), finished: [1, 2], metadata: encodeFinishedMap([1, 2]) ?? '' },
    })
    await deliver(partition, 10, 15)

    expect(handled).toEqual([10n, 13n, 14n])
    expect(activity.counts()).toMatchObject({ delivered: 3, restored: 2, handled: 3 })
    expect(partition.pending()).toMatchObject({ offset: 15n, metadata: '' })
  })

  it('lets a stuck record be passed by any number of others', async () => {
    const stuck = createGate()
    const { partition } = aPartition(new Map([[0n, stuck.opened]]))
    for (let from = 0; from < 20_000; from += 2_000) {
      const hasRoom = await deliver(partition, from, from + 2_000)
      expect(hasRoom()).toBe(true)
    }
    expect(finishedBy(partition.pending())).toEqual([1, 19_999])
  })

  it('takes nothing new once it is three quarters full, and goes on when it is smaller', async () => {
    const gate = createGate()
    // Every twentieth waits: a map of some two bytes for twenty offsets.
    const gates = new Map(Array.from({ length: 2_000 }, (_, index) => [BigInt(index * 20), gate.opened] as const))
    const { partition } = aPartition(gates)
    let hasRoom = () => true
    let at = 0
    for (; hasRoom(); at += 500) hasRoom = await deliver(partition, at, at + 500)

    const length = partition.pending()?.metadata?.length ?? 0
    expect(length).toBeGreaterThanOrEqual(3_072)
    expect(length).toBeLessThanOrEqual(3_300)
    expect(partition.health()).toMatchObject({ state: 'paused', pausedFor: 'map-full' })

    gate.open()
    await clock.advance(0)
    expect(hasRoom()).toBe(true)
    expect(told).toContain('partition-resumed')
    expect(partition.pending()).toMatchObject({ offset: BigInt(at), metadata: '' })
  })

  it('that has no room in a commit is left out of it, which is counted', async () => {
    const gate = createGate()
    const gates = new Map(Array.from({ length: 2_000 }, (_, index) => [BigInt(index * 20), gate.opened] as const))
    const { partition, activity } = aPartition(gates)
    await deliver(partition, 0, 40)
    partition.committed(partition.pending() as CommitPosition)
    await deliver(partition, 40, 34_000)

    // The map of the last commit would be no less than what it leaves out.
    expect(partition.pending()).toMatchObject({ offset: 0n, metadata: '' })
    expect(activity.counts()).toMatchObject({ mapsTooLarge: 1 })
    expect(told).toContain('map-too-large')
  })

  it('taken over almost full does not stop the partition: only reading on makes it smaller', async () => {
    const gate = createGate()
    const finished = Array.from({ length: 2_400 }, (_, index) => (index % 2 === 0 ? 1 : 20))
    const { partition } = aPartition(new Map([[0n, gate.opened]]), {
      takenOver: { committed: next(0), finished, metadata: encodeFinishedMap(finished) ?? '' },
    })
    for (let from = 0; from < 25_200; from += 500) {
      const hasRoom = await deliver(partition, from, from + 500)
      expect(hasRoom()).toBe(true)
    }
    expect(finishedBy(partition.pending())).toEqual([1, 25_499])
  })

  it('is not there where the broker carries no metadata: then reading ahead is bounded', async () => {
    const stuck = createGate()
    const { partition } = aPartition(new Map([[0n, stuck.opened]]), { mapRoom: undefined })
    const hasRoom = await deliver(partition, 0, 100)

    expect(partition.pending()).toMatchObject({ offset: 0n, metadata: '' })
    expect(hasRoom()).toBe(false)

    stuck.open()
    await clock.advance(0)

    expect(partition.pending()?.offset).toBe(100n)
    expect(hasRoom()).toBe(true)
  })
})

describe('an owned partition', () => {
  it('begins nothing while it is held, and goes on when it is released', async () => {
    const { partition, handled } = aPartition(new Map())
    partition.hold()
    await deliver(partition, 0, 3)
    expect(handled).toEqual([])
    expect(partition.health()).toMatchObject({ state: 'paused', pausedFor: 'rebalance', open: 3 })

    partition.release()
    expect(handled).toEqual([0n, 1n, 2n])
    expect(partition.health()).toMatchObject({ state: 'running' })
  })

  it('says where it stands, what is open and for how long', async () => {
    const gate = createGate()
    const { partition } = aPartition(new Map([[1n, gate.opened]]))
    await deliver(partition, 0, 4)
    await clock.advance(2_000)

    expect(partition.health()).toMatchObject({
      position: 4n,
      committed: undefined,
      end: 1_000_000n,
      lag: 999_999n,
      open: 1,
      finishedAhead: 2,
      oldestAgeMs: 2_000,
      isStuck: false,
    })
  })

  it('is stuck when it has lag and does not move for too long, but not while it is paused on purpose, nor right after', async () => {
    const gate = createGate()
    const { partition, conditions } = aPartition(new Map([[0n, gate.opened]]))
    await deliver(partition, 0, 1)
    await clock.advance(59_999)
    expect(partition.health().isStuck).toBe(false)
    await clock.advance(1)
    expect(partition.health()).toMatchObject({ isStuck: true, standsForMs: 60_000 })

    const resume = conditions.pause(epoch, 'flood-guard')
    expect(partition.health()).toMatchObject({ isStuck: false, state: 'paused', pausedFor: 'flood-guard' })
    await clock.advance(60_000)
    resume()
    expect(partition.health().isStuck).toBe(false)
    await clock.advance(60_000)
    expect(partition.health().isStuck).toBe(true)
  })

  it('that had nothing to do for long is not stuck when something comes', async () => {
    const gate = createGate()
    const { partition } = aPartition(new Map([[0n, gate.opened]]))
    await clock.advance(3_600_000)
    await deliver(partition, 0, 1)
    expect(partition.health()).toMatchObject({ isStuck: false, standsForMs: 0 })
  })

  it('whose handlers return at once lets the event loop turn every 20 ms or so', async () => {
    let turns = 0
    const turn = () => {
      turns += 1
      timer = setImmediate(turn)
    }
    let timer = setImmediate(turn)
    const { partition } = aPartition(new Map(), {
      clock: systemClock,
      pace: createPace(systemClock),
      work() {
        const until = performance.now() + 1
        while (performance.now() < until) turns += 0
        return { kind: 'handled' }
      },
    })
    const records = Array.from({ length: 200 }, (_, offset) => aConsumerRecord({ offset: BigInt(offset), key: 'k' }))
    await partition.accept({ ...epoch, records, nextOffset: next(200), end: 200n })
    clearImmediate(timer)

    expect(turns).toBeGreaterThanOrEqual(4)
    expect(partition.pending()?.offset).toBe(200n)
  })
})
