import type { BrokerConsumerOptions, TopicPartition } from '@ledgerbus/core'
import type { Cluster } from 'kafkajs'
import { createGroupAssigner } from '../assigner/group-assigner.ts'
import type { MembershipClaim } from '../assigner/membership-claim.ts'
import type { KafkaSettings } from '../check-options.ts'
import { createDeferred } from '../client/deferred.ts'
import { createGroupClient } from '../client/group-client.ts'
import { createKafkaClient, fewRetries, metadataMaxAgeMs } from '../client/kafka-client.ts'
import type { FetchedRecords } from '../fetch/record-batches.ts'
import { clientModules } from '../patches/client-modules.ts'
import { assignedGeneration, type GroupView, hookGroup, waitInFetches } from '../patches/group-hooks.ts'
import { readOwnFetches, recordsBehind } from '../patches/own-fetches.ts'
import { createFetchWait } from './fetch-wait.ts'
import { createJoins } from './joins.ts'

/** Who the broker takes this consumer for. A commit is valid under the generation in which its partitions were owned. */
export interface MemberIdentity {
  readonly memberId: string
  readonly generationId: number
}

/** Records of one partition, at least one, as one fetch brought them. */
export interface FetchedBatch extends TopicPartition, Pick<FetchedRecords, 'records' | 'bytes'> {
  /** The last offset it covers, control records included. */
  readonly lastOffset: bigint
  readonly highWatermark: bigint
}

/** A fetch that held nothing for a reader of committed records: control records, aborted transactions, holes. */
export interface EmptyFetch extends TopicPartition {
  readonly firstOffset: bigint | undefined
  readonly lastOffset: bigint
  readonly highWatermark: bigint
}

/** What one kafkajs consumer tells. All but `joining` must return at once and never throw. */
export interface MemberEvents {
  /** What the member owns as it joins. */
  claim(): MembershipClaim
  /** A join or rejoin is about to begin, and waits. */
  joining(group: GroupView): Promise<void>
  /** No join is under way any more, whether or not one succeeded: what is owned still is kept. */
  settled(): void
  /** The assignment as it is from now on. The next fetch follows when this returns. */
  joined(partitions: readonly TopicPartition[], identity: MemberIdentity, flow: MemberFlow): void
  fetched(batch: FetchedBatch): void
  emptied(fetch: EmptyFetch): void
  outOfRange(partition: TopicPartition): void
  /** After the first join: kafkajs gave up, or a callback failed. End the member and open another. */
  crashed(error: unknown): void
}

/** Steers what kafkajs fetches. */
export interface MemberFlow {
  pause(partition: TopicPartition): void
  resume(partition: TopicPartition): void
  seek(partition: TopicPartition, offset: bigint): void
}

/** One kafkajs consumer, joined. */
export interface Member {
  readonly cluster: Cluster
  /** Leaves the group and disconnects. Never rejects. */
  end(options: { readonly timeoutMs: number }): Promise<void>
}

export interface OpenMemberOptions {
  /** For the coordinates of records. */
  readonly clusterId: string
  /** See {@link openMember}. */
  readonly formerId?: string | undefined
  readonly signal: AbortSignal
}

const heartbeatMs = 3_000
/** Batches are only queued, so any number may be handed over at once. */
const handOversAtOnce = 32
const failedEndMs = 1_000

const defaultSessionTimeoutMs = 10_000
export const defaultRebalanceTimeoutMs = 60_000
export const defaultMaxBytesPerPartition = 1_048_576

/** How often the group is asked for signs of life, in milliseconds. */
export function heartbeatIntervalMs({ sessionTimeoutMs = defaultSessionTimeoutMs }: BrokerConsumerOptions): number {
  return Math.max(1, Math.min(heartbeatMs, Math.floor(sessionTimeoutMs / 3)))
}

/**
 * Connects and joins. Rejects with kafkajs's error when it cannot, and with the signal's reason.
 *
 * The partitions it announces are not paused and would begin at the commit, or at the beginning: whoever listens pauses and seeks.
 *
 * @param formerId whom it replaces. A member that ended without a word keeps the group waiting until its session is over; one that comes
 *   back under its id does not. An id the group does not know is simply given up.
 */
export async function openMember(
  settings: KafkaSettings,
  options: BrokerConsumerOptions,
  events: MemberEvents,
  { clusterId, formerId, signal }: OpenMemberOptions,
): Promise<Member> {
  const { groupId, topics } = options
  const client = createKafkaClient(settings)
  const config = {
    groupId,
    sessionTimeout: options.sessionTimeoutMs ?? defaultSessionTimeoutMs,
    rebalanceTimeout: options.rebalanceTimeoutMs ?? defaultRebalanceTimeoutMs,
    heartbeatInterval: heartbeatIntervalMs(options),
    maxBytesPerPartition: options.maxBytesPerPartition ?? defaultMaxBytesPerPartition,
    metadataMaxAge: metadataMaxAgeMs,
    allowAutoTopicCreation: false,
    // kafkajs's own restart forgets what is paused and leaves promises behind; the adapter makes a new consumer instead.
    retry: { ...fewRetries, retries: 5, restartOnFailure: async () => false },
  }
  const { consumer, cluster } = createGroupClient(client.kafka, config, createGroupAssigner(events.claim))
  readOwnFetches(cluster, { clusterId }, clientModules)
  const fetchWait = createFetchWait(settings.clock)
  const firstJoin = createDeferred<void>()
  let group: GroupView | undefined
  let hasJoined = false
  let isOver = false

  function crash(error: unknown): void {
    if (isOver) return
    isOver = true
    if (hasJoined) events.crashed(error)
    else firstJoin.reject(error)
  }

  /** kafkajs refuses once it began to stop; its crash follows, and ends what was to be steered. */
  function steer(work: () => void): void {
    if (isOver) return
    try {
      work()
    } catch (error) {
      settings.logger.debug({ groupId, error }, 'kafkajs is stopping and takes no more orders')
    }
  }

  const flow: MemberFlow = {
    pause({ topic, partition }) {
      fetchWait.paused({ topic, partition })
      steer(() => consumer.pause([{ topic, partitions: [partition] }]))
    },
    resume({ topic, partition }) {
      fetchWait.resumed({ topic, partition })
      steer(() => consumer.resume([{ topic, partitions: [partition] }]))
    },
    seek: ({ topic, partition }, offset) => steer(() => consumer.seek({ topic, partition, offset: offset.toString() })),
  }

  /** kafkajs treats whatever escapes from its callbacks as its own failure, some of it as final. */
  function guarded(work: () => void): void {
    if (isOver) return
    try {
      work()
    } catch (error) {
      // Its position may have moved past what was not handed over: only a new member reads it again.
      crash(error)
    }
  }

  const end: Member['end'] = ({ timeoutMs }) => {
    isOver = true
    return client.end(() => consumer.disconnect(), { timeoutMs })
  }

  const joins = createJoins(() => guarded(events.settled), settings.clock)

  hookGroup(cluster, {
    async beforeJoin(view) {
      if (group === undefined && formerId !== undefined) view.memberId = formerId
      group = view
      joins.begun()
      waitInFetches(view, fetchWait.ms)
      if (!isOver) await events.joining(view)
    },
    afterJoin: joins.ended,
    outOfRange(partition) {
      guarded(() => events.outOfRange(partition))
    },
  })

  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize !== 0) return
    guarded(() => {
      const { topic, partition, lastOffset, highWatermark } = payload
      const firstOffset = payload.firstOffset as string | null
      events.emptied({
        topic,
        partition,
        firstOffset: firstOffset === null ? undefined : BigInt(firstOffset),
        lastOffset: BigInt(lastOffset),
        highWatermark: BigInt(highWatermark),
      })
    })
  })

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    guarded(() => {
      const { memberId, memberAssignment } = payload
      const partitions = Object.entries(memberAssignment).flatMap(([topic, of]) =>
        of.map((partition) => ({ topic, partition })),
      )
      events.joined(partitions, { memberId, generationId: group === undefined ? -1 : assignedGeneration(group) }, flow)
      hasJoined = true
      firstJoin.resolve()
    })
  })

  consumer.on(consumer.events.CRASH, ({ payload }) => crash(payload.error))

  async function run(): Promise<void> {
    await consumer.connect()
    // By name, and always from the beginning: where nothing is committed the adapter decides.
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: true,
      partitionsConsumedConcurrently: handOversAtOnce,
      async eachBatch({ batch, isStale }) {
        // A seek is waiting: what was fetched before it is read again from there.
        if (isStale()) return
        guarded(() => {
          const { records, bytes } = recordsBehind(batch.messages)
          events.fetched({
            topic: batch.topic,
            partition: batch.partition,
            records,
            bytes,
            lastOffset: BigInt(batch.lastOffset()),
            highWatermark: BigInt(batch.highWatermark),
          })
        })
      },
    })
  }

  const onAbort = () => firstJoin.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    signal.throwIfAborted()
    await Promise.race([run().then(() => firstJoin.promise), firstJoin.promise])
    return { cluster, end }
  } catch (error) {
    void end({ timeoutMs: failedEndMs })
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
