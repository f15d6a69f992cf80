import type { WaitOptions } from '@ledgerbus/core'
import type { ConsumerHealth } from './activity/consumer-health.ts'
import type { ConsumerCounts } from './consumer-counts.ts'
import type { ConsumerReport } from './consumer-report.ts'
import type { ConsumerDescription } from './subscription/describe-consumer.ts'

/** A member of a consumer group: hands records to handlers, at least once, in order per key. */
export interface Consumer {
  /**
   * Checks the topics, makes or checks the dead-letter topics, joins the group and begins to handle. Resolves once the member joined. After a
   * failure it may be called again.
   *
   * @throws ConfigurationError `TOPICS_MISSING` naming every topic that does not exist; `DEAD_LETTER_TOPICS_UNFIT`
   * @throws ConsumerError `CONSUMER_ALREADY_STARTED`, `CONSUMER_CLOSED`
   * @throws BrokerError `BROKER_UNREACHABLE`, `BROKER_AUTHORIZATION`, ...
   */
  start(options?: WaitOptions): Promise<void>
  /** What became of the records so far; a copy. */
  counts(): ConsumerCounts
  /** Whether it does what it is for: where each partition stands, what waits for a person, what is stuck. Asks nobody, so it may be called often. */
  health(): ConsumerHealth
  /** What it reads, who handles what, and how that went so far. */
  describe(): ConsumerDescription
  /** Lets a subscription handle again. Records that came meanwhile were skipped. @throws ConfigurationError for a name that no subscription has */
  enable(name: string): void
  /**
   * Stops a subscription, while the others go on. Its records are **skipped** and counted under the rule `subscription-disabled`: they do not come again. To hold
   * them back, close the consumer instead.
   *
   * @throws ConfigurationError for a name that no subscription has
   */
  disable(name: string): void
  /**
   * Takes nothing new, finishes what was delivered, commits, leaves the group. Waits between attempts are cut short: what would have to be
   * tried again stays uncommitted. After `drainMs` handlers still running are aborted. Ends about a second later at the latest,
   * whatever handlers and broker do.
   *
   * The second call returns the same promise. Called inside a handler it does not wait for that handler, whose record then comes again.
   */
  close(options?: {
    /** How long handlers may go on, in milliseconds. @default 25_000 */
    readonly drainMs?: number
  }): Promise<ConsumerReport>
}
