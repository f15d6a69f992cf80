import type { DeadLetterCounts } from '../survey/dead-letter-survey.ts'
import type { DeadLetterFilter } from '../survey/letter-filter.ts'
import type { DeadLetterSource, RedrivableStatus, RedriveTarget } from './redrive-request.ts'

/** A topic the letters of a plan go to. */
export interface RedriveDestination {
  readonly topic: string
  readonly letters: number
  /** 0: there is no such topic. */
  readonly partitions: number
  /** What it is: the group's redrive topic, the topic the records came from, or where letters are parked. */
  readonly kind: 'group' | 'origin' | 'parked'
}

/** A consumer group that will see redriven records. */
export interface RedriveGroup {
  readonly groupId: string
  /** Whether it is the group that failed. */
  readonly failed: boolean
  readonly members: number
}

/** Letters of one partition, in the order in which they go out: the oldest record of each key first. */
export interface SelectedLetters {
  readonly partition: number
  /** `0-41,43,50-99,42` */
  readonly offsets: string
}

/** The offsets `[low, end)` of a partition at the moment of planning. */
export interface PlannedBound {
  readonly partition: number
  readonly low: string
  readonly end: string
}

/** What a run would do: frozen, counted, the same whenever it is looked at. It is JSON, and holds no payloads. */
export interface RedrivePlan {
  readonly redriveId: string
  /** SHA-256 over everything that decides which records go where. */
  readonly hash: string
  /** Milliseconds since 1970. */
  readonly plannedAtMs: number
  readonly source: DeadLetterSource
  readonly filter: DeadLetterFilter
  readonly statuses: readonly RedrivableStatus[]
  readonly unanswered?: string
  readonly to: RedriveTarget
  readonly force: boolean
  readonly again: boolean
  readonly reason?: string
  readonly bounds: readonly PlannedBound[]
  readonly selected: readonly SelectedLetters[]
  /** What is selected. */
  readonly counts: DeadLetterCounts
  /** Letters that fit but lie beyond the limit. */
  readonly beyondLimit: number
  /** Letters that fit the filter and are not to be redriven, by their status. */
  readonly left: DeadLetterCounts['byStatus']
  /** Letters that fit but do not say which topic or group they came from. */
  readonly withoutOrigin: number
  readonly destinations: readonly RedriveDestination[]
  readonly seenBy: readonly RedriveGroup[]
  /** What a person should know before running it; one sentence each. */
  readonly warnings: readonly string[]
}
