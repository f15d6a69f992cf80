import type { Clock, TopicPartition } from '@ledgerbus/core'
import type { Activity } from './activity.ts'
import type { Degradation } from './consumer-health.ts'

/** What is out of the ordinary in a consumer while it lasts: what its health shows besides figures. */
export interface Conditions {
  /**
   * Something waits for a person: a lane in quarantine, a dead-letter topic that refuses, a guard that stopped the flow.
   *
   * @returns what to call once it does no more; more than once does no harm
   */
  degrade(degradation: Degradation): () => void
  /**
   * A partition stands still on purpose: it is not stuck, however long. The one who pauses has to hold it; this is only told.
   *
   * @returns what to call once it goes on; more than once does no harm
   */
  pause(partition: TopicPartition, reason: string): () => void
  /** Why a partition stands still on purpose, and when it last ceased to, by the monotonic clock. */
  pauseOf(partition: TopicPartition): { readonly reason: string | undefined; readonly endedAtMs: number }
  readonly degradations: readonly Degradation[]
}

export function createConditions(activity: Activity, clock: Clock): Conditions {
  const degradations = new Set<Degradation>()
  const pauses = new Map<string, Pauses>()

  return {
    degrade(degradation) {
      // One more of the same is another one, to be ended by itself.
      const mine = { ...degradation }
      degradations.add(mine)
      activity.tell({ kind: 'degraded', ...mine })
      return () => {
        if (degradations.delete(mine)) activity.tell({ kind: 'recovered', ...mine })
      }
    },
    pause({ topic, partition }, reason) {
      const name = nameOf({ topic, partition })
      const ofPartition: Pauses = pauses.get(name) ?? { reasons: new Set(), endedAtMs: never }
      pauses.set(name, ofPartition)
      const mine = { reason }
      ofPartition.reasons.add(mine)
      activity.tell({ kind: 'partition-paused', topic, partition, reason })
      return () => {
        if (!ofPartition.reasons.delete(mine)) return
        ofPartition.endedAtMs = clock.monotonicMs()
        activity.tell({ kind: 'partition-resumed', topic, partition, reason })
      }
    },
    pauseOf(partition) {
      const { reasons = [], endedAtMs = never } = pauses.get(nameOf(partition)) ?? {}
      const [first] = reasons
      return { reason: first?.reason, endedAtMs }
    },
    get degradations() {
      return [...degradations]
    },
  }
}

interface Pauses {
  readonly reasons: Set<{ readonly reason: string }>
  endedAtMs: number
}

const never = Number.NEGATIVE_INFINITY

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
