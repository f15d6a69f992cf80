import type { Broker, Clock } from '@ledgerbus/core'
import type { PartitionEnd } from '../checker/stored-record.ts'

/** How far a group is with a topic. */
export interface GroupProgress {
  ends(): Promise<readonly PartitionEnd[]>
  /** Waits until the group has committed everything there is, at most so long. Resolves with how many offsets are missing. */
  untilCommitted(timeoutMs: number): Promise<number>
}

export interface GroupProgressOptions {
  readonly broker: Broker
  readonly topic: string
  readonly groupId: string
  readonly clock: Clock
  readonly signal: AbortSignal
}

const lookEveryMs = 500

export function createGroupProgress({ broker, topic, groupId, clock, signal }: GroupProgressOptions): GroupProgress {
  async function ends(): Promise<readonly PartitionEnd[]> {
    const admin = broker.createAdmin()
    await admin.start()
    try {
      const [offsets, group] = await Promise.all([admin.topicOffsets(topic), admin.groupOffsets(groupId)])
      return offsets.map(({ partition, end }) => {
        const found = group.find((each) => each.topic === topic && each.partition === partition)
        return { topic, partition, end: Number(end), ...(found !== undefined && { committed: Number(found.offset) }) }
      })
    } finally {
      await admin.close()
    }
  }

  /** How many offsets are not committed; one at least while nobody can be asked. */
  async function missing(): Promise<number> {
    try {
      return (await ends()).reduce((sum, { end, committed = 0 }) => sum + end - committed, 0)
    } catch {
      return 1
    }
  }

  return {
    ends,
    async untilCommitted(timeoutMs) {
      const deadlineMs = clock.monotonicMs() + timeoutMs
      for (;;) {
        const left = await missing()
        if (left === 0 || clock.monotonicMs() >= deadlineMs || signal.aborted) return left
        await clock.sleep(lookEveryMs)
      }
    },
  }
}
