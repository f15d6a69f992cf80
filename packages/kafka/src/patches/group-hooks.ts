import type { ClientModules } from './client-modules.ts'

/** The part of kafkajs's consumer group that the adapter uses; read it at the moment of use. */
export interface GroupView {
  /** Of the last join that was answered, its assignment still unknown. */
  readonly generationId: number | null
  /** Made anew with each assignment. */
  readonly offsetManager: { readonly generationId: number } | null
  /** What the member joins as; `null`: as a new one. */
  memberId: string | null
}

/** What the adapter wants to know of its own consumers, and cannot learn from kafkajs's events. */
export interface GroupHooks {
  /** Before each join and rejoin; the join waits for it. */
  beforeJoin(group: GroupView): Promise<void>
  afterJoin(how: 'joined' | 'failed'): void
  /** The broker refused a fetch because the offset is not in the partition. */
  outOfRange(partition: { readonly topic: string; readonly partition: number }): void
}

/**
 * The generation of the assignment of the moment. Each broker's fetcher may rejoin on its own; the group's generation is then already that of the
 * later join, and a commit under it would pass for partitions that belong to somebody else in it.
 */
export function assignedGeneration({ offsetManager }: GroupView): number {
  return offsetManager?.generationId ?? -1
}

/** Lets each fetch of the group ask how long it may wait at the broker, in milliseconds; kafkajs has one number for all. */
export function waitInFetches(group: GroupView, waitMs: () => number): void {
  Object.defineProperty(group, 'maxWaitTime', { get: waitMs, configurable: true })
}

const hooksByCluster = new WeakMap<object, GroupHooks>()

/** @param cluster the one kafkajs gives to the assigners of the consumer */
export function hookGroup(cluster: object, hooks: GroupHooks): void {
  hooksByCluster.set(cluster, hooks)
}

interface ConsumerGroup extends GroupView {
  readonly cluster: object
}

interface OffsetManager {
  readonly cluster: object
}

type Partition = { readonly topic: string; readonly partition: number }

/**
 * Two places of kafkajs where an event would come too late.
 *
 * - A rejoin begins at once: what is finished cannot be committed first, and the generation it ends is told to nobody.
 * - An offset that is out of range is overwritten in the group, by -1 or -2, and consumption jumps; one log line is all that remains.
 *
 * Consumers without hooks behave as kafkajs made them.
 */
export function patchGroupHooks(modules: ClientModules): void {
  const group = (
    modules.load('src/consumer/consumerGroup') as {
      readonly prototype: { joinAndSync: (this: ConsumerGroup) => Promise<void> }
    }
  ).prototype
  const joinAndSync = group.joinAndSync
  group.joinAndSync = async function joinWhenPrepared() {
    const hooks = hooksByCluster.get(this.cluster)
    try {
      await hooks?.beforeJoin(this)
      await joinAndSync.call(this)
    } catch (error) {
      hooks?.afterJoin('failed')
      throw error
    }
    hooks?.afterJoin('joined')
  }

  const offsets = (
    modules.load('src/consumer/offsetManager') as {
      readonly prototype: { setDefaultOffset: (this: OffsetManager, partition: Partition) => Promise<void> }
    }
  ).prototype
  const setDefaultOffset = offsets.setDefaultOffset
  offsets.setDefaultOffset = async function reportOutOfRange(partition) {
    const hooks = hooksByCluster.get(this.cluster)
    if (hooks === undefined) return setDefaultOffset.call(this, partition)
    hooks.outOfRange(partition)
  }
}
