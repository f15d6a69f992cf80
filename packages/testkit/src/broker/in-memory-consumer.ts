import {
  type AssignedPartition,
  type BrokerConsumer,
  type BrokerConsumerListener,
  type BrokerConsumerOptions,
  BrokerError,
  type CommitOutcome,
  type CommitPosition,
  ConfigurationError,
  type LedgerbusError,
  type NextOffset,
  type TopicPartition,
} from '@ledgerbus/core'
import { failed } from './append-request.ts'
import { closed, memberFenced, notStarted, topicUnknown, unreachable } from './broker-errors.ts'
import { boundedWait } from '../bounded-wait.ts'
import type { BrokerState } from './broker-state.ts'
import type { ConsumerGroup, GroupMember, Ownership, StoredCommit } from './consumer-group.ts'
import { brokerFaultError } from './broker-fault.ts'
import { isStored } from '../faults/fault-plan.ts'
import { createPartitionPump, type PartitionPump } from './partition-pump.ts'

const defaultSessionTimeoutMs = 10_000
const defaultRebalanceTimeoutMs = 60_000
const defaultMaxBytesPerPartition = 1_048_576
/** Kafka's own default of `offset.metadata.max.bytes`. */
const mostMetadata = 4_096
const firstPauseMs = 10
const longestPauseMs = 1_000

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

function checkOptions({ groupId, topics }: BrokerConsumerOptions): void {
  const problems = [
    ...(groupId === '' ? ['groupId must not be empty'] : []),
    ...(topics.length === 0 ? ['topics must name at least one topic'] : []),
  ]
  if (problems.length > 0) throw new ConfigurationError('in-memory consumer', problems)
}

/** A group that has no commit in a topic begins at its end; one that has finds new partitions from their first record on. */
function commitEnds(group: ConsumerGroup, topics: readonly string[], state: BrokerState): void {
  const known = new Set(group.offsets().map(({ topic }) => topic))
  for (const topic of topics.filter((name) => !known.has(name))) {
    state.topics.find(topic)?.logs.forEach((log, partition) => {
      group.setOffset({ topic, partition }, { offset: log.end as NextOffset, metadata: '' })
    })
  }
}

function metadataTooLarge(groupId: string, { topic, partition }: TopicPartition): BrokerError {
  return new BrokerError(`${keyOf({ topic, partition })}: a commit's metadata has at most ${mostMetadata} characters`, {
    code: 'BROKER_COMMIT_METADATA_TOO_LARGE',
    groupId,
    topic,
    partition,
  })
}

export function createInMemoryConsumer(options: BrokerConsumerOptions, state: BrokerState): BrokerConsumer {
  checkOptions(options)
  const { groupId, topics, instanceId, startFrom = 'earliest', onOffsetOutOfRange = 'pause' } = options
  const group = state.group(groupId)
  const memberId = `in-memory-${state.nextMember()}`
  const pumps = new Map<string, PartitionPump>()
  let listener: BrokerConsumerListener | undefined
  /** Owned before the rebalance that is under way. */
  let held: readonly PartitionPump[] = []
  let isRebalancing = false
  let isPaused = false
  let isClosed = false
  let epochs = 0
  let stopListening = (): void => undefined
  let whenClosed = (): void => undefined
  const closing = new Promise<void>((resolve) => {
    whenClosed = resolve
  })

  /** A listener that throws ends nothing, but somebody must hear of it. */
  function report(error: unknown, text: string): void {
    state.logger.error({ groupId, memberId, error }, text)
  }

  function problem(error: LedgerbusError): void {
    try {
      listener?.problem?.(error)
    } catch (thrown) {
      report(thrown, 'the listener threw in problem')
    }
  }

  function wakeAll(): void {
    for (const pump of pumps.values()) pump.wake()
  }

  function lose(partitions: readonly TopicPartition[]): void {
    const lost = partitions.flatMap((partition) => pumps.get(keyOf(partition)) ?? [])
    for (const pump of lost) {
      pumps.delete(keyOf(pump.epoch))
      pump.end()
    }
    if (lost.length === 0) return
    try {
      listener?.lost?.(lost.map((pump) => pump.epoch))
    } catch (error) {
      report(error, 'the listener threw in lost')
    }
  }

  function describe(pump: PartitionPump, committed: StoredCommit | undefined): AssignedPartition {
    const log = state.topics.log(pump.epoch)
    return { ...pump.epoch, committed, low: log?.low ?? 0n, end: log?.end ?? 0n }
  }

  /** Nothing is delivered before the platform knows of the partitions: what throws here is called again. */
  async function announce(gained: readonly PartitionPump[]): Promise<void> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const owned = gained.filter((pump) => !pump.epoch.signal.aborted)
      if (owned.length === 0) return
      const commits = owned.map((pump) => group.committed(pump.epoch))
      try {
        await listener?.assigned?.(owned.map((pump, index) => describe(pump, commits[index])))
        owned.forEach((pump, index) => {
          pump.begin(commits[index]?.offset)
        })
        return
      } catch (error) {
        report(error, 'the listener threw in assigned, it will be called again')
        await state.clock.sleep(pauseMs)
      }
    }
  }

  function gain(ownerships: readonly Ownership[]): void {
    if (listener === undefined) return
    const around = {
      groupId,
      listener,
      maxBytes: options.maxBytesPerPartition ?? defaultMaxBytesPerPartition,
      onOffsetOutOfRange,
      isHalted: () => isRebalancing || isPaused || state.network.isDown,
      problem,
    }
    const gained = ownerships.map((ownership) => {
      epochs += 1
      const pump = createPartitionPump(ownership, epochs, around, state)
      pumps.set(keyOf(ownership), pump)
      return pump
    })
    void announce(gained)
  }

  async function prepare(): Promise<void> {
    isRebalancing = true
    held = [...pumps.values()]
    if (pumps.size === 0) return
    try {
      // A member that closes keeps nobody waiting.
      await Promise.race([listener?.revoking?.([...pumps.values()].map((pump) => pump.epoch)), closing])
    } catch (error) {
      report(error, 'the listener threw in revoking')
    }
  }

  function keep(): void {
    const kept = held.filter((pump) => pumps.get(keyOf(pump.epoch)) === pump)
    held = []
    if (kept.length === 0) return
    try {
      listener?.kept?.(kept.map((pump) => pump.epoch))
    } catch (error) {
      report(error, 'the listener threw in kept')
    }
  }

  const member: GroupMember = {
    memberId,
    topics,
    instanceId,
    sessionTimeoutMs: options.sessionTimeoutMs ?? defaultSessionTimeoutMs,
    rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? defaultRebalanceTimeoutMs,
    prepare,
    lose,
    gain,
    resume() {
      isRebalancing = false
      keep()
      wakeAll()
    },
    fence() {
      end()
      problem(memberFenced(groupId, instanceId ?? ''))
    },
  }

  /** Nothing is delivered any more. */
  function end(): void {
    whenClosed()
    stopListening()
    lose([...pumps.values()].map((pump) => pump.epoch))
  }

  function refusal(positions: readonly CommitPosition[]): CommitOutcome | undefined {
    if (isClosed) return failed(closed('consumer'))
    if (listener === undefined) return failed(notStarted('consumer'))
    const tooLarge = positions.find(({ metadata = '' }) => metadata.length > mostMetadata)
    if (tooLarge !== undefined) return failed(metadataTooLarge(groupId, tooLarge))
    return state.network.isDown ? failed(unreachable()) : undefined
  }

  /** @returns the positions whose epoch is over */
  function store(positions: readonly CommitPosition[]): readonly CommitPosition[] {
    return positions.filter((position) => {
      const pump = pumps.get(keyOf(position))
      if (pump === undefined || pump.epoch.epoch !== position.epoch) return true
      const metadata = state.keepsCommitMetadata ? (position.metadata ?? '') : ''
      return !group.commit(pump.ownership, { offset: position.offset, metadata })
    })
  }

  async function commit(positions: readonly CommitPosition[]): Promise<CommitOutcome> {
    const refused = refusal(positions)
    if (refused !== undefined || positions.length === 0) return refused ?? { kind: 'ok' }
    const fault = state.faults.take({ at: 'commit', groupId })
    await fault?.until
    const fenced = isStored(fault) ? store(positions) : []
    if (fault !== undefined && fault.outcome !== 'ok') return { kind: fault.outcome, error: brokerFaultError(fault) }
    if (fenced.length === positions.length) return { kind: 'fenced' }
    return fenced.length === 0 ? { kind: 'ok' } : { kind: 'ok', fenced }
  }

  function leave(): void {
    isClosed = true
    group.leave(memberId)
    end()
  }

  let lastCommit: Promise<unknown> = Promise.resolve()

  return {
    async start(given, { signal } = {}) {
      signal?.throwIfAborted()
      if (isClosed) throw closed('consumer')
      if (listener !== undefined) {
        throw new BrokerError('the consumer was started before; one listener a consumer', {
          code: 'BROKER_ALREADY_STARTED',
          groupId,
        })
      }
      state.network.check()
      const missing = topics.find((topic) => state.topics.find(topic) === undefined)
      if (missing !== undefined) throw topicUnknown(missing)
      if (startFrom === 'latest') commitEnds(group, topics, state)
      listener = given
      stopListening = state.network.onUp(wakeAll)
      const joined = await boundedWait(group.join(member), { clock: state.clock, signal })
      if (joined !== 'aborted') return
      leave()
      throw signal?.reason
    },
    commit(positions) {
      const mine = lastCommit.then(() => commit(positions))
      lastCommit = mine
      return mine
    },
    async committed(partition) {
      state.network.check()
      return group.committed(partition)
    },
    seek(partition, offset) {
      const pump = pumps.get(keyOf(partition))
      if (pump === undefined || pump.epoch.epoch !== partition.epoch) return false
      pump.seek(offset)
      return true
    },
    assignment: () => [...pumps.values()].map((pump) => pump.epoch),
    pause() {
      isPaused = true
    },
    async close() {
      if (isClosed) return
      leave()
    },
  }
}
