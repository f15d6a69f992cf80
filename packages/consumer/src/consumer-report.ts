import type { NextOffset, TopicPartition } from '@ledgerbus/core'
import type { ConsumerCounts } from './consumer-counts.ts'

/** What a consumer left behind when it closed. */
export interface ConsumerReport {
  /** Records finished while it closed. */
  readonly drained: number
  /** Handlers still running when the time was over; their signal was aborted and their records are among `left`. */
  readonly aborted: number
  /** Records delivered and not finished. They are not committed and come again, to this group's other members or after a restart. */
  readonly left: number
  /** The last commit of each partition this member owned at the end, as acknowledged by the broker. */
  readonly committed: readonly (TopicPartition & { readonly offset: NextOffset })[]
  /**
   * How the commit while closing ended; `ok` also when there was nothing to commit. After anything else, records that were
   * finished may be handled again.
   */
  readonly commit: 'ok' | 'fenced' | 'failed' | 'unknown'
  /** Over the consumer's whole life. */
  readonly counts: ConsumerCounts
}
