import type {
  BrokerConsumerListener,
  BrokerConsumerOptions,
  CommitOutcome,
  CommitPosition,
  NextOffset,
  PartitionEpoch,
  TopicPartition,
} from '@ledgerbus/core'
import type { KafkaSettings } from '../check-options.ts'
import type { Questions } from '../client/questions.ts'
import { settle } from '../client/settle.ts'
import { toQuestionError } from '../errors/to-broker-error.ts'
import { createAssignment } from './assignment.ts'
import { createCommitter } from './commit.ts'
import { keepMember } from './keep-member.ts'
import { keyOf } from './key-of.ts'
import { createListenerCalls } from './listener-calls.ts'
import {
  defaultMaxBytesPerPartition,
  defaultRebalanceTimeoutMs,
  heartbeatIntervalMs,
  type MemberEvents,
  openMember,
} from './member.ts'
import { createMembership } from './membership.ts'
import { createOwnership, type Ownership } from './ownership.ts'
import { prepareJoin } from './prepare-join.ts'
import { preparePartitions } from './prepare-partitions.ts'
import { createRangeGuard } from './range-guard.ts'
import { createRestartReports } from './restart-reports.ts'

export interface GroupSessionOptions {
  readonly settings: KafkaSettings
  readonly options: BrokerConsumerOptions
  readonly questions: Questions
  /** Id of the cluster, for the coordinates of records. */
  readonly cluster: string
  /** Where partitions without a commit begin, if not at their beginning. */
  readonly begins: ReadonlyMap<string, bigint>
  readonly listener: BrokerConsumerListener
  /** Aborted when the consumer closes. */
  readonly closing: AbortSignal
}

/** The life of a consumer in its group, through as many kafkajs consumers as it takes. */
export interface GroupSession {
  /** Resolves once joined. */
  open(signal: AbortSignal): Promise<void>
  commit(positions: readonly CommitPosition[]): Promise<CommitOutcome>
  seek(partition: TopicPartition & { readonly epoch: number }, offset: NextOffset): boolean
  assignment(): readonly PartitionEpoch[]
  pause(): void
  close(timeoutMs: number): Promise<void>
}

export function createGroupSession(session: GroupSessionOptions): GroupSession {
  const { settings, options, questions, cluster, begins, listener, closing } = session
  const { groupId, onOffsetOutOfRange = 'pause', maxBytesPerPartition = defaultMaxBytesPerPartition } = options
  const { clock, random, logger, requestTimeoutMs } = settings
  const { rebalanceTimeoutMs = defaultRebalanceTimeoutMs } = options
  const calls = createListenerCalls(listener, groupId, logger)
  const membership = createMembership()
  /** Epochs announced as possibly taken, about which the listener waits to be told. */
  const announced = new Set<number>()
  let isHalted = false

  const assignment = createAssignment({
    own: (partition, epoch, flow) =>
      createOwnership(partition, epoch, {
        groupId,
        flow,
        mostBytes: 2 * maxBytesPerPartition,
        deliver: async (batch) => listener.deliver(batch),
        clock,
        random,
        logger,
      }),
    onLost: calls.lost,
  })
  const guard = createRangeGuard({
    groupId,
    policy: onOffsetOutOfRange,
    questions,
    problem: calls.problem,
    renew(ownership) {
      const fresh = assignment.renew(ownership)
      if (fresh !== undefined) prepare([fresh])
    },
    clock,
    random,
    logger,
  })
  const committer = createCommitter({
    groupId,
    assignment,
    membership,
    cluster: () => keeper.member?.cluster,
    onFenced: leave,
    timeoutMs: requestTimeoutMs,
    clock,
    random,
  })

  const reports = createRestartReports({ groupId, problem: calls.problem, clock, logger })

  /** Nothing is owned until the next join. */
  function leave(): void {
    membership.lost()
    assignment.loseAll()
  }

  async function commitBegin(ownership: Ownership, offset: bigint): Promise<void> {
    const { topic, partition, epoch } = ownership.epoch
    const outcome = await committer.commit([{ topic, partition, epoch, offset: offset as NextOffset }])
    if (outcome.kind === 'failed' || outcome.kind === 'unknown') throw outcome.error
  }

  function prepare(fresh: readonly Ownership[]): void {
    if (isHalted) for (const ownership of fresh) ownership.halt()
    if (fresh.length === 0) return
    void preparePartitions(fresh, {
      groupId,
      questions,
      listener,
      beginsAt: (partition) => begins.get(keyOf(partition)),
      commitBegin,
      outOfRange: guard.beginsBelow,
      clock,
      random,
      logger,
    })
  }

  const events: Omit<MemberEvents, 'crashed'> = {
    claim: () => ({
      owned: assignment.epochs().map(({ topic, partition }) => ({ topic, partition })),
      generation: membership.identity?.generationId ?? -1,
    }),
    async joining(group) {
      // The group forgot this member: what it owned is others' by now, and a commit would only wait for the join that waits for it.
      if (group.memberId === null) leave()
      membership.joining()
      const epochs = assignment.epochs()
      for (const { epoch } of epochs) announced.add(epoch)
      await prepareJoin(calls.revoking(epochs), group, {
        groupId,
        heartbeatMs: heartbeatIntervalMs(options),
        withinMs: rebalanceTimeoutMs / 2,
        clock,
        signal: closing,
      })
    },
    settled() {
      const kept = assignment.epochs().filter(({ epoch }) => announced.has(epoch))
      announced.clear()
      calls.kept(kept)
    },
    joined(partitions, identity, flow) {
      // Another member, or a generation missed: what was owned may have been anybody's since.
      if (!membership.isContinuedBy(identity)) assignment.loseAll()
      const fresh = assignment.joined(partitions, flow)
      membership.joined(identity)
      prepare(fresh)
    },
    fetched: (batch) => assignment.find(batch)?.fetched(batch),
    emptied: (fetch) => assignment.find(fetch)?.emptied(fetch),
    outOfRange(partition) {
      const ownership = assignment.find(partition)
      if (ownership !== undefined) guard.refused(ownership)
    },
  }

  const keeper = keepMember({
    open: (crashed, how) => openMember(settings, options, { ...events, crashed }, { ...how, clusterId: cluster }),
    memberId: () => membership.identity?.memberId,
    onGone: leave,
    onTrouble: reports.tell,
    clock,
    random,
    closing,
  })

  return {
    async open(signal) {
      try {
        await keeper.open(signal)
      } catch (error) {
        throw toQuestionError(error, { where: `group ${groupId}`, groupId })
      }
    },
    commit: (positions) => committer.commit(positions),
    seek(partition, offset) {
      const ownership = assignment.find(partition)
      ownership?.seek(offset)
      return ownership !== undefined
    },
    assignment: () => assignment.epochs(),
    pause() {
      isHalted = true
      for (const ownership of assignment.all()) ownership.halt()
    },
    async close(timeoutMs) {
      const deadlineMs = clock.monotonicMs() + timeoutMs
      const leftMs = () => Math.max(0, deadlineMs - clock.monotonicMs())
      isHalted = true
      for (const ownership of assignment.all()) ownership.halt()
      // Once kafkajs stops, a commit is not written any more.
      await settle(committer.idle(), { clock, withinMs: leftMs() })
      await keeper.member?.end({ timeoutMs: leftMs() })
      leave()
    },
  }
}
