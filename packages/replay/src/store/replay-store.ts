import type { BrokerAdmin, BrokerReader, ConsumerRecord, Logger, TopicPartition, WaitOptions } from '@ledgerbus/core'
import { decodePlan } from '../plan/plan-codec.ts'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import { ReplayError } from '../replay-error.ts'
import type { ReplayEntryError } from '../status/replay-status.ts'
import { type Checkpoint, decodeCheckpoint } from './checkpoint.ts'
import { decodeEntryError } from './entry-error.ts'
import { readReplayKey } from './replay-keys.ts'
import { checkpointsTopic, partitionOfReplay, plansTopic } from './replay-topics.ts'
import { decodeChange, type StateChange } from './state-change.ts'
import { unknownReplay } from './unknown-replay.ts'

/** What Kafka knows of replays. */
export interface ReplayStore {
  /** @throws ReplayError `REPLAY_UNKNOWN` */
  plan(replayId: string, wait?: WaitOptions): Promise<ReplayPlan>
  /** All that were ever kept, in the order in which they were made. */
  plans(wait?: WaitOptions): Promise<readonly ReplayPlan[]>
  /**
   * The last one that was committed, for certain: it waits for transactions of other replays that are open in between. `undefined`: the replay was never run.
   */
  lastCheckpoint(replayId: string, wait?: WaitOptions): Promise<Checkpoint | undefined>
  /** The last one that readers see just now: what a killed runner left open may hide later ones for some seconds. Waits for nobody. */
  seenCheckpoint(replayId: string, wait?: WaitOptions): Promise<Checkpoint | undefined>
  /** The last one of each replay; those that cannot be read are told in the log. */
  lastCheckpoints(wait?: WaitOptions): Promise<ReadonlyMap<string, Checkpoint | 'unreadable'>>
  /** Those that are committed from now on, and before them the last one that was. Ends only by leaving the loop or the signal. */
  checkpointsFromNow(replayId: string, wait?: WaitOptions): AsyncIterable<Checkpoint>
  errors(replayId: string, wait?: WaitOptions): AsyncIterable<ReplayEntryError>
  /** Every change of state, of one replay or of all, those of one in the order in which they were made. Those that cannot be read are left out and told in the log. */
  changes(replayId: string | undefined, wait?: WaitOptions): Promise<readonly StateChange[]>
  /** Where checkpoints of a replay belong. */
  checkpointPlace(replayId: string): Promise<TopicPartition>
}

/** So many records are looked at first, from the end: the last checkpoint is nearly always among them. */
const firstLook = 1_000n
/** What a killed runner left open holds nobody back who only wants to know what stands. */
const forReaders = { for: 'readers' } as const
const forEver = 2n ** 63n - 1n

/** Reads what runners and others wrote. Knows of no topics until one was made: then nothing was ever written. */
export function createReplayStore(admin: BrokerAdmin, reader: BrokerReader, logger: Logger): ReplayStore {
  async function checkpointPlace(replayId: string): Promise<TopicPartition> {
    const place = await placeIfAny(replayId)
    if (place === undefined) throw unknownReplay(replayId)
    return place
  }

  async function* recordsOf(topic: string, wait: WaitOptions): AsyncGenerator<ConsumerRecord> {
    if ((await admin.describeTopics([topic])).length === 0) return
    for (const { partition, low, end } of await admin.topicOffsets(topic, forReaders)) {
      if (low >= end) continue
      for await (const { records } of reader.read({ topic, partition }, { from: low, to: end }, wait)) yield* records
    }
  }

  async function lastWithin(
    place: TopicPartition,
    replayId: string,
    wait: WaitOptions & { readonly for?: 'producers' | 'readers' },
  ): Promise<{ readonly last?: Checkpoint; readonly end: bigint }> {
    const offsets = await admin.topicOffsets(place.topic, { for: wait.for ?? 'readers' })
    const { low, end } = offsets.find(({ partition }) => partition === place.partition) ?? { low: 0n, end: 0n }
    for (let look = firstLook, to = end; to > low; look *= 8n) {
      const from = to - look > low ? to - look : low
      let last: Checkpoint | undefined
      for await (const { records } of reader.read(place, { from, to }, wait)) {
        for (const record of records) last = checkpointOf(record, replayId) ?? last
      }
      if (last !== undefined) return { last, end }
      to = from
    }
    return { end }
  }

  async function placeIfAny(replayId: string): Promise<TopicPartition | undefined> {
    const [topic] = await admin.describeTopics([checkpointsTopic])
    return topic && { topic: checkpointsTopic, partition: partitionOfReplay(replayId, topic.partitions) }
  }

  async function plans(wait: WaitOptions = {}): Promise<readonly ReplayPlan[]> {
    const byId = new Map<string, ReplayPlan>()
    for await (const { key, value } of recordsOf(plansTopic, wait)) {
      if (key === null || value === null) continue
      const plan = readable(() => decodePlan(value), { topic: plansTopic, replayId: textOf(key) })
      if (plan !== undefined) byId.set(textOf(key), plan)
    }
    return [...byId.values()]
  }

  /** What a later version wrote is for that version to show; what is foreign hides nothing of ours. */
  function readable<Value>(decode: () => Value, place: Readonly<Record<string, string>>): Value | undefined {
    try {
      return decode()
    } catch (error) {
      if (!(error instanceof ReplayError)) throw error
      logger.warn({ ...place, problem: error.message }, 'what is known of a replay cannot be read and is left out')
      return undefined
    }
  }

  async function* recordsOfReplay(replayId: string, wait: WaitOptions): AsyncGenerator<ConsumerRecord> {
    const place = await placeIfAny(replayId)
    if (place === undefined) return
    const offsets = await admin.topicOffsets(place.topic, forReaders)
    const { low, end } = offsets.find(({ partition }) => partition === place.partition) ?? { low: 0n, end: 0n }
    if (low >= end) return
    for await (const { records } of reader.read(place, { from: low, to: end }, wait)) yield* records
  }

  return {
    checkpointPlace,
    plans,
    async plan(replayId, wait = {}) {
      let kept: Uint8Array | undefined
      // Only this one is decoded: a later version may have kept others.
      for await (const { key, value } of recordsOf(plansTopic, wait)) {
        if (key !== null && value !== null && textOf(key) === replayId) kept = value
      }
      if (kept === undefined) throw unknownReplay(replayId)
      return decodePlan(kept)
    },
    async lastCheckpoint(replayId, wait = {}) {
      const place = await placeIfAny(replayId)
      // Up to where producers are: a checkpoint of ours may stand behind an open transaction of another replay.
      return place && (await lastWithin(place, replayId, { ...wait, for: 'producers' })).last
    },
    async seenCheckpoint(replayId, wait = {}) {
      const place = await placeIfAny(replayId)
      return place && (await lastWithin(place, replayId, wait)).last
    },
    async lastCheckpoints(wait = {}) {
      const last = new Map<string, Uint8Array>()
      for await (const { key, value } of recordsOf(checkpointsTopic, wait)) {
        const of = readReplayKey(key)
        if (of?.kind === 'checkpoint' && value !== null) last.set(of.replayId, value)
      }
      // Only the last one counts, so only that one is decoded: an earlier one would tell what is no longer so.
      return new Map(
        [...last].map(([replayId, value]) => [
          replayId,
          readable(() => decodeCheckpoint(value), { topic: checkpointsTopic, replayId }) ?? 'unreadable',
        ]),
      )
    },
    async *checkpointsFromNow(replayId, wait = {}) {
      const place = await checkpointPlace(replayId)
      const { last, end } = await lastWithin(place, replayId, wait)
      if (last !== undefined) yield last
      for await (const { records } of reader.read(place, { from: end, to: forEver }, wait)) {
        for (const record of records) {
          const checkpoint = checkpointOf(record, replayId)
          if (checkpoint !== undefined) yield checkpoint
        }
      }
    },
    async *errors(replayId, wait = {}) {
      for await (const { key, value } of recordsOfReplay(replayId, wait)) {
        const of = readReplayKey(key)
        if (of?.kind === 'error' && of.replayId === replayId && value !== null) yield decodeEntryError(value)
      }
    },
    async changes(replayId, wait = {}) {
      const found: StateChange[] = []
      const records = replayId === undefined ? recordsOf(checkpointsTopic, wait) : recordsOfReplay(replayId, wait)
      for await (const { key, value } of records) {
        const of = readReplayKey(key)
        if (of?.kind !== 'change' || value === null || (replayId !== undefined && of.replayId !== replayId)) continue
        const change = readable(() => decodeChange(value), { topic: checkpointsTopic, replayId: of.replayId })
        if (change !== undefined) found.push(change)
      }
      return found
    },
  }
}

/** The checkpoint of this replay that a record holds; `undefined` for one of another replay, and for what stands beside checkpoints. */
function checkpointOf({ key, value }: ConsumerRecord, replayId: string): Checkpoint | undefined {
  const of = readReplayKey(key)
  if (of?.kind !== 'checkpoint' || of.replayId !== replayId || value === null) return undefined
  return decodeCheckpoint(value)
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8')
}
