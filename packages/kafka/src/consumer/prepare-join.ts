import type { Clock } from '@ledgerbus/core'
import { settle } from '../client/settle.ts'
import type { GroupView } from '../patches/group-hooks.ts'

export interface PrepareJoinOptions {
  readonly groupId: string
  readonly heartbeatMs: number
  /** The group waits so long for its members and goes on without those that are late. */
  readonly withinMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** The coordinator of a group; kafkajs's types leave out what only its consumers ask of it. */
interface Coordinator {
  heartbeat(beat: {
    readonly groupId: string
    readonly memberId: string
    readonly groupGenerationId: number
  }): Promise<unknown>
}

/** Waits for what the listener finishes before a rejoin. kafkajs does not beat meanwhile, so this does: the session would end. */
export async function prepareJoin(
  work: Promise<void>,
  group: GroupView & { readonly coordinator?: Coordinator | null },
  { groupId, heartbeatMs, withinMs, clock, signal }: PrepareJoinOptions,
): Promise<void> {
  const deadlineMs = clock.monotonicMs() + withinMs
  for (;;) {
    const leftMs = deadlineMs - clock.monotonicMs()
    const done = await settle(work, { clock, withinMs: Math.max(0, Math.min(leftMs, heartbeatMs)), signal })
    if (done.kind !== 'late' || leftMs <= heartbeatMs) return
    const { memberId, generationId, coordinator } = group
    if (memberId === null || generationId === null) return
    // Answered by "a rebalance is under way", which is known; what counts is that the member was heard.
    coordinator?.heartbeat({ groupId, memberId, groupGenerationId: generationId }).catch(() => undefined)
  }
}
