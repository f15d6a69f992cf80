import {
  type AssignedPartition,
  type BrokerReader,
  laneSourceOf,
  type Logger,
  parkingTopicOf,
  type PartitionEpoch,
} from '@ledgerbus/core'
import { takeOver } from '../group/take-over.ts'
import type { OffsetRuns } from '../offsets/finished-map.ts'
import { createParkedKeys, type ParkedKeys } from './parked-keys.ts'
import { readParked } from './parked-record.ts'

export interface ParkingOptions {
  readonly groupId: string
  /** `undefined`: no topic is read where keys could be parked. */
  readonly reader: BrokerReader | undefined
  readonly logger: Logger
}

/** Knows which keys are parked: in each partition from the moment its parking topic's partition is owned, read anew from that topic each time. */
export interface Parking {
  /** Reads what is parked in the partitions of parking topics among these, before their first record and the first of their source is delivered. */
  assigned(partitions: readonly AssignedPartition[]): Promise<void>
  lost(partitions: readonly PartitionEpoch[]): void
  /** A partition of a source topic. */
  of(source: string, partition: number): ParkingPlace
}

/** What is parked of one partition of a source topic. */
export interface ParkingPlace {
  /** `undefined`: this member does not own the partition of the parking topic, or does not know yet what stands there. */
  readonly keys: ParkedKeys | undefined
  /** Resolves when `keys` are there; `false`: the signal came first. */
  ready(signal: AbortSignal): Promise<boolean>
  /** An append to the parking topic is under way until the function returned is called, with the place where the record stands. */
  appending(): (offset: bigint | undefined) => void
}

interface Place extends ParkingPlace {
  keys: ParkedKeys | undefined
  /** Of the ownership of the parking partition. */
  epoch: number | undefined
  /** One past the last record this member appended: it may stand beyond the end that was known when the partition was assigned. */
  appendedTo: bigint
  readonly underWay: Set<object>
  readonly listeners: Set<() => void>
}

export function createParking({ groupId, reader, logger }: ParkingOptions): Parking {
  const places = new Map<string, Place>()

  function of(source: string, partition: number): Place {
    const name = `${source}/${partition}`
    const known = places.get(name)
    if (known !== undefined) return known
    const made = createPlace()
    places.set(name, made)
    return made
  }

  /** The source of a parking topic. */
  function sourceOf(topic: string): string | undefined {
    const source = laneSourceOf(topic, groupId)
    return source !== undefined && parkingTopicOf(source, groupId) === topic ? source : undefined
  }

  async function rebuild(assigned: AssignedPartition, source: string): Promise<void> {
    const { topic, partition, signal, epoch } = assigned
    const place = of(source, partition)
    place.keys = undefined
    place.epoch = epoch
    // What this member is just appending would stand behind the end, and be missed.
    await settled(place, signal)
    const end = place.appendedTo > assigned.end ? place.appendedTo : assigned.end
    const keys = await readKeys(assigned, end)
    if (place.epoch !== epoch || signal.aborted) return
    place.keys = keys
    tellAll(place)
    if (keys.size > 0) logger.info({ groupId, topic, partition, keys: keys.size }, 'keys are parked')
  }

  async function readKeys(assigned: AssignedPartition, end: bigint): Promise<ParkedKeys> {
    const { topic, partition, low, signal } = assigned
    const { committed = low, finished } = takeOver(assigned, { groupId, logger })
    const from = committed > low ? committed : low
    const isFinished = finishedBy(committed, finished)
    const keys = createParkedKeys()
    if (from >= end || reader === undefined) return keys
    for await (const { records } of reader.read({ topic, partition }, { from, to: end }, { signal })) {
      for (const record of records) {
        if (isFinished(record.offset)) continue
        const read = readParked(record)
        if (read.kind === 'record') keys.add(read.parked)
        else if (read.kind === 'mark') keys.marked(read.dead, record.offset)
      }
    }
    return keys
  }

  return {
    async assigned(partitions) {
      await Promise.all(
        partitions.flatMap((partition) => {
          const source = sourceOf(partition.topic)
          return source === undefined ? [] : [rebuild(partition, source)]
        }),
      )
    },
    lost(partitions) {
      for (const { topic, partition, epoch } of partitions) {
        const source = sourceOf(topic)
        const place = source === undefined ? undefined : of(source, partition)
        if (place === undefined || place.epoch !== epoch) continue
        place.keys = undefined
        place.epoch = undefined
      }
    },
    of,
  }
}

function createPlace(): Place {
  const place: Place = {
    keys: undefined,
    epoch: undefined,
    appendedTo: 0n,
    underWay: new Set(),
    listeners: new Set(),
    ready: (signal) => until(place, () => place.keys !== undefined, signal),
    appending() {
      const mine = {}
      place.underWay.add(mine)
      return (offset) => {
        place.underWay.delete(mine)
        if (offset !== undefined && offset >= place.appendedTo) place.appendedTo = offset + 1n
        tellAll(place)
      }
    },
  }
  return place
}

async function settled(place: Place, signal: AbortSignal): Promise<void> {
  await until(place, () => place.underWay.size === 0, signal)
  signal.throwIfAborted()
}

function tellAll({ listeners }: Place): void {
  for (const listener of [...listeners]) listener()
}

/** `false`: the signal came first. */
function until({ listeners }: Place, isTrue: () => boolean, signal: AbortSignal): Promise<boolean> {
  if (isTrue()) return Promise.resolve(true)
  if (signal.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    function end(answer: boolean): void {
      listeners.delete(look)
      signal.removeEventListener('abort', onAbort)
      resolve(answer)
    }
    const look = (): void => {
      if (isTrue()) end(true)
    }
    const onAbort = (): void => end(false)
    listeners.add(look)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** Whether a commit says that an offset beyond it is finished. To be asked in ascending order. */
function finishedBy(committed: bigint, runs: OffsetRuns): (offset: bigint) => boolean {
  let index = -1
  let runEnd = committed
  return (offset) => {
    while (offset >= runEnd && index < runs.length) {
      index += 1
      runEnd += BigInt(runs[index] ?? 0)
    }
    return index < runs.length && index % 2 === 1
  }
}
