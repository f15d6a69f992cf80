import type {
  BrokerConsumer,
  Clock,
  CommitOutcome,
  CommitPosition,
  Logger,
  NextOffset,
  PartitionEpoch,
  Random,
} from '@ledgerbus/core'
import { AuditSinkError } from '../audit-sink-error.ts'
import { type Condition, createCondition } from '../wait/condition.ts'
import { isWorthALine, pauseBeforeRetry } from '../wait/pause.ts'

/** A position that is to be committed, and who hears that it was. */
export interface CommitRequest {
  readonly ownership: PartitionEpoch
  readonly next: NextOffset
  readonly committed: (next: NextOffset) => void
}

/**
 * Commits, one call at a time, the newest position of each partition. A commit that failed, or whose outcome is unknown, is made again:
 * it only ever says how far the log is known to reach, so repeating it is right either way.
 */
export interface CommitQueue {
  request(request: CommitRequest): void
}

/** What the queue works with. */
export interface CommitQueueNeeds {
  readonly consumer: Pick<BrokerConsumer, 'commit'>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Ends the queue. */
  readonly signal: AbortSignal
}

export function createCommitQueue(needs: CommitQueueNeeds): CommitQueue {
  const { logger, signal } = needs
  const waiting = new Map<string, CommitRequest>()
  const never: Condition = createCondition(needs.clock)
  let isRunning = false

  function requeue(requests: readonly CommitRequest[]): void {
    for (const request of requests) {
      const name = nameOf(request)
      if (!request.ownership.signal.aborted && !waiting.has(name)) waiting.set(name, request)
    }
  }

  async function run(): Promise<void> {
    if (isRunning) return
    isRunning = true
    let failures = 0
    try {
      while (waiting.size > 0 && !signal.aborted) failures = await commitWaiting(failures)
    } finally {
      // In the same turn as the last look at what waits: a request in between would wait for the one after it.
      isRunning = false
    }
  }

  /** @returns how many commits failed in a row */
  async function commitWaiting(failures: number): Promise<number> {
    const requests = [...waiting.values()].filter(({ ownership }) => !ownership.signal.aborted)
    waiting.clear()
    if (requests.length === 0) return failures
    const outcome = await commit(requests.map(positionOf))
    switch (outcome.kind) {
      case 'ok':
        acknowledge(requests, outcome.fenced ?? [])
        return 0
      case 'fenced':
        // Whoever owns the partitions now reads again what was stored; the log shows it once.
        logger.info({ partitions: requests.map(nameOf) }, 'commit fenced, the partitions have another owner')
        return failures
      case 'failed':
      case 'unknown': {
        const attempt = failures + 1
        requeue(requests)
        const { code, message } = outcome.error
        if (isWorthALine(attempt)) logger.warn({ code, message, attempt }, 'commit not confirmed, will commit again')
        await pauseBeforeRetry(needs, attempt, { retriable: true, signal, recovered: never })
        return attempt
      }
    }
  }

  async function commit(positions: readonly CommitPosition[]): Promise<CommitOutcome> {
    try {
      return await needs.consumer.commit(positions)
    } catch (cause) {
      return { kind: 'unknown', error: new AuditSinkError('the commit threw', { code: 'SINK_COMMIT_THREW', cause }) }
    }
  }

  return {
    request(request) {
      waiting.set(nameOf(request), request)
      void run()
    },
  }
}

function acknowledge(requests: readonly CommitRequest[], fenced: readonly CommitPosition[]): void {
  const left = new Set(fenced.map(({ topic, partition, epoch }) => `${topic}/${partition}/${epoch}`))
  for (const request of requests) if (!left.has(nameOf(request))) request.committed(request.next)
}

function positionOf({ ownership, next }: CommitRequest): CommitPosition {
  const { topic, partition, epoch } = ownership
  return { topic, partition, epoch, offset: next }
}

function nameOf({ ownership: { topic, partition, epoch } }: CommitRequest): string {
  return `${topic}/${partition}/${epoch}`
}
