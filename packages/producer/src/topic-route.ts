import { type Clock, type Logger, partitionOf, type Random } from '@ledgerbus/core'

export interface TopicRouteOptions {
  readonly topic: string
  readonly partitions: number
  /** Asks the broker how many partitions there are now. */
  readonly lookUp: () => Promise<number>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Chooses the partition of each record of a topic. */
export interface TopicRoute {
  /** A key's own partition; a record without one joins the batch that is being filled. */
  partitionFor(key: Uint8Array | null): number
  /** A batch of this partition was cut: keyless records fill another one from now on. */
  batchCut(partition: number): void
}

/** How long the number of partitions is taken for granted. */
const freshForMs = 60_000

export function createTopicRoute(options: TopicRouteOptions): TopicRoute {
  const { topic, lookUp, clock, random, logger } = options
  let partitions = options.partitions
  let askedAtMs = clock.monotonicMs()
  let sticky: number | undefined

  /**
   * In the background: a publish never waits for it. A key whose partition changes loses its order across the change, so everybody who
   * publishes should notice within the same minute, and people should read why.
   */
  function refresh(): void {
    askedAtMs = clock.monotonicMs()
    lookUp().then(
      (now) => {
        if (now === partitions) return
        logger.warn({ topic, before: partitions, now }, 'number of partitions changed, keys move to other partitions')
        partitions = now
        sticky = undefined
      },
      (error: unknown) => {
        logger.debug({ topic, error }, 'number of partitions could not be looked up, the last one stays')
      },
    )
  }

  return {
    partitionFor(key) {
      if (clock.monotonicMs() - askedAtMs >= freshForMs) refresh()
      if (key !== null) return partitionOf(key, partitions)
      sticky ??= Math.min(Math.floor(random.next() * partitions), partitions - 1)
      return sticky
    },
    batchCut(partition) {
      if (partition === sticky) sticky = undefined
    },
  }
}
