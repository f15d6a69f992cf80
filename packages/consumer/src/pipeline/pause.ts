import type { Random } from '@ledgerbus/core'
import type { Conditions } from '../activity/conditions.ts'
import type { Turn } from '../lanes/turn.ts'

/** Before the next look at what a partition stands still for: 1 s at first, 30 s at most, longer by chance, so that partitions do not come back together. */
export function pauseMs(round: number, random: Random): number {
  const leastMs = Math.min(20_000, 1_000 * 2 ** Math.min(round - 1, 10))
  return leastMs + Math.floor(random.next() * (leastMs / 2))
}

/** Why a partition stands still. */
export interface PauseReason {
  /** A fixed word. */
  readonly reason: string
  readonly message: string
}

/**
 * A partition stands still but for this turn, health says so, and `look` is called again and again until it answers. `undefined`: the group drains, or the partition
 * is lost.
 *
 * @param turns all that are to go on
 */
export async function paused<Answer>(
  turns: readonly Turn[],
  { reason, message }: PauseReason,
  tools: { readonly conditions: Conditions; readonly random: Random },
  look: () => Promise<Answer | 'still'>,
): Promise<Answer | undefined> {
  const [turn] = turns
  if (turn === undefined) return undefined
  const { topic, partition } = turn.ownership
  const { conditions, random } = tools
  const ends = [
    conditions.pause({ topic, partition }, reason),
    conditions.degrade({ reason, topic, partition, message }),
    ...turns.map((each) => each.holdOthers()),
  ]
  try {
    for (let round = 1; ; round += 1) {
      if (!(await turn.wait(pauseMs(round, random)))) return undefined
      const answer = await look()
      if (answer !== 'still') return answer
    }
  } finally {
    for (const end of ends) end()
  }
}
