import type { BrokerAdmin, Clock, WaitOptions } from '@ledgerbus/core'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import { lookAtGroup } from '../plan/target-groups.ts'

/** Lets live records go first: tells which target group lags too far behind for more. */
export interface LagGuard {
  /**
   * A sentence about the group that is too far behind; `undefined`: go on. Asks the broker at most once a second, and is up to three seconds old where all was well: a question is not waited for by
   * entries that are due.
   */
  behind(wait?: WaitOptions): Promise<string | undefined>
}

const askEveryMs = 1_000
const mostAgeMs = 3_000

/** @param maxLag `Infinity`: nobody is asked */
export function createLagGuard(
  plan: ReplayPlan,
  maxLag: number,
  { admin, clock }: { readonly admin: BrokerAdmin; readonly clock: Clock },
): LagGuard {
  let answer: string | undefined
  let answeredAtMs = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | undefined

  async function question(): Promise<string | undefined> {
    const offsets = await Promise.all(plan.topics.map(({ name }) => admin.topicOffsets(name)))
    for (const groupId of plan.groups) {
      const { members, lag } = await lookAtGroup(admin, groupId, offsets.flat())
      // A group that does not run catches up later, however far it lags now: to wait for it would be to wait for ever.
      if (members > 0 && lag !== undefined && lag > BigInt(Math.floor(maxLag))) {
        return `group ${groupId}, which lags ${lag} records behind`
      }
    }
    return undefined
  }

  async function ask(): Promise<void> {
    try {
      answer = await question()
      answeredAtMs = clock.monotonicMs()
    } finally {
      asking = undefined
    }
  }

  return {
    async behind(wait = {}) {
      if (maxLag === Number.POSITIVE_INFINITY) return undefined
      wait.signal?.throwIfAborted()
      const ageMs = clock.monotonicMs() - answeredAtMs
      if (ageMs < askEveryMs) return answer
      asking ??= ask()
      if (answer !== undefined || ageMs >= mostAgeMs) await asking
      // Nobody may be waiting for it; a broker that stays silent is found out when the answer is too old.
      else asking.catch(() => undefined)
      return answer
    },
  }
}
