import {
  type BrokerAdmin,
  type BrokerReader,
  isLedgerbusError,
  type PartitionOffsets,
  type TopicDescription,
  type WaitOptions,
} from '@ledgerbus/core'
import { ReplayError } from '../replay-error.ts'
import type { ReplayPlan, ReplayTopic } from './replay-plan.ts'

/**
 * Whether the topics of a plan are still what they were when it was made. To be asked before every run, also before one that goes on. Admin and reader are started.
 *
 * @returns what a person should know although the run may go on, one sentence each
 * @throws ReplayError `REPLAY_PREMISES_CHANGED` with every topic and what changed
 */
export async function checkPremises(
  plan: ReplayPlan,
  admin: BrokerAdmin,
  reader: BrokerReader,
  wait: WaitOptions = {},
): Promise<readonly string[]> {
  const changes: string[] = []
  const notes: string[] = []
  const described = await admin.describeTopics(plan.topics.map(({ name }) => name))
  for (const topic of plan.topics) {
    wait.signal?.throwIfAborted()
    const today = described.find(({ name }) => name === topic.name)
    const change =
      today === undefined
        ? 'it does not exist any more'
        : (partitionChange(plan, topic, today) ?? (await witnessChange(topic, today, { admin, reader }, wait)))
    if (change !== undefined) changes.push(`${topic.name}: ${change}`)
    else if (today !== undefined && today.partitions > topic.partitions) {
      notes.push(
        `${topic.name} has ${today.partitions} partitions, ${topic.partitions} when the plan was made; entries keep the numbers of theirs`,
      )
    }
  }
  if (plan.readFrom === 'kafka') changes.push(...(await sourceChanges(plan, admin, wait)))
  if (changes.length === 0) return notes
  throw new ReplayError(`what the plan relies on has changed: ${changes.join('; ')}. Plan again`, {
    code: 'REPLAY_PREMISES_CHANGED',
  })
}

/** Kafka never takes partitions away: fewer means another topic of that name. More move only keys whose partition is computed. */
function partitionChange(plan: ReplayPlan, topic: ReplayTopic, today: TopicDescription): string | undefined {
  const { partitions } = topic
  if (today.partitions < partitions) {
    return `it has ${today.partitions} partitions, ${partitions} when the plan was made; keys would come to others`
  }
  const placed = today.partitions === partitions ? undefined : placedByKey(plan, topic)
  if (placed === undefined) return undefined
  return `it has ${today.partitions} partitions, ${partitions} when the plan was made; ${placed} are placed by their key, and would come to others`
}

/** Which entries a run does not put into the partition of their number, if there may be any. */
function placedByKey({ transform, selection, target }: ReplayPlan, topic: ReplayTopic): string | undefined {
  // Which ones these are is known when they are there, and half a run may be published by then.
  if (transform !== undefined) return `entries that transform ${JSON.stringify(transform)} gives another key`
  const isHigher = selection.below.some(
    (bound) => bound.partition >= topic.partitions && (target === topic.name || bound.topic === topic.name),
  )
  return isHigher ? 'entries of higher partitions' : undefined
}

async function witnessChange(
  { name, witness }: ReplayTopic,
  today: TopicDescription,
  { admin, reader }: { readonly admin: BrokerAdmin; readonly reader: BrokerReader },
  wait: WaitOptions,
): Promise<string | undefined> {
  if (witness === undefined) return undefined
  const { partition, offset, timestampMs } = witness
  const held = (await admin.topicOffsets(name)).find((one) => one.partition === partition)
  if (held === undefined || held.end <= offset) {
    return `partition ${partition} ends at ${held?.end ?? 0n} and had offset ${offset}; it was deleted and made anew, or lost records`
  }
  // Gone with time, and nothing else takes a beginning away: the topic is the same.
  if (held.low > offset) return undefined
  const there = await timestampAt(reader, held, offset, wait)
  if (there === timestampMs) return undefined
  if (there === undefined) {
    // Compaction takes single records; then nothing can be told from one that is gone.
    if (isCompacted(today) || (await hasMovedOn(admin, name, partition, offset))) return undefined
    return `partition ${partition} has no record at offset ${offset} any more; it was deleted and made anew`
  }
  return `partition ${partition} has another record at offset ${offset}; it was deleted and made anew`
}

async function timestampAt(
  reader: BrokerReader,
  { topic, partition }: PartitionOffsets,
  offset: bigint,
  wait: WaitOptions,
): Promise<bigint | undefined> {
  let found: bigint | undefined
  try {
    for await (const { records } of reader.read({ topic, partition }, { from: offset, to: offset + 1n }, wait)) {
      found = records.find((record) => record.offset === offset)?.timestampMs ?? found
    }
  } catch (error) {
    // Deleted, or cut, between the question for its end and this one.
    if (isLedgerbusError(error) && error.code === 'BROKER_OFFSET_OUT_OF_RANGE') return undefined
    throw error
  }
  return found
}

/** Retention may have come by between the two questions. */
async function hasMovedOn(admin: BrokerAdmin, topic: string, partition: number, offset: bigint): Promise<boolean> {
  const held = (await admin.topicOffsets(topic)).find((one) => one.partition === partition)
  return held !== undefined && held.low > offset
}

function isCompacted({ settings }: TopicDescription): boolean {
  return settings['cleanup.policy']?.includes('compact') === true
}

/**
 * Read from Kafka, the entries have to stand there still. Read from the log they need not: it remembers topics that were made anew, so their ends say nothing.
 */
async function sourceChanges({ selection }: ReplayPlan, admin: BrokerAdmin, wait: WaitOptions): Promise<string[]> {
  const topics = [...new Set(selection.below.map(({ topic }) => topic))]
  const existing = new Set((await admin.describeTopics(topics)).map(({ name }) => name))
  const changes: string[] = []
  for (const topic of topics) {
    wait.signal?.throwIfAborted()
    if (!existing.has(topic)) {
      changes.push(`${topic}: the entries are read from it, and it does not exist any more`)
      continue
    }
    const held = await admin.topicOffsets(topic)
    for (const { partition, below } of selection.below.filter((bound) => bound.topic === topic)) {
      const end = held.find((one) => one.partition === partition)?.end ?? 0n
      if (end < below) changes.push(`${topic}/${partition}: it ends at ${end}, and the plan reads up to ${below - 1n}`)
    }
  }
  return changes
}
