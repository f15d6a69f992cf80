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

/** A position that is to be committed. */
export interface CommitRequest {
  readonly ownership: PartitionEpoch
  readonly next: NextOffset
  readonly metadata: string
}

/** `over`: the ownership or the queue ended; what Kafka holds is for the next owner to read. */
export type CommitResult = 'committed' | 'over'

/**
 * Commits, one call at a time, the newest position of each partition. A commit that failed, or whose outcome is unknown, is made again:
 * it only ever says how far the log is known to reach, and what is inserted next, so repeating it is right either way.
 */
export interface CommitQueue {
  /** Resolves when Kafka confirmed this position of the partition, or a later one. Never rejects. */
  commit(request: CommitRequest): Promise<CommitResult>
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

interface Waiting extends CommitRequest {
  /** Whoever waits for this position, or for one that it took the place of. */
  readonly heard: readonly ((result: CommitResult) => void)[]
}

export function createCommitQueue(needs: CommitQueueNeeds): CommitQueue {
  const { logger, signal } = needs
  const waiting = new Map<string, Waiting>()
  const never: Condition = createCondition(needs.clock)
  let isRunning = false

  /** @param isNewer whether it takes the place of what waits already, or the other way round */
  function enqueue(request: Waiting, isNewer: boolean): void {
    const name = nameOf(request)
    const known = waiting.get(name)
    if (known === undefined) waiting.set(name, request)
    else waiting.set(name, { ...(isNewer ? request : known), heard: [...known.heard, ...request.heard] })
  }

  function takeLiving(): readonly Waiting[] {
    const requests = [...waiting.values()]
    waiting.clear()
    const isOver = ({ ownership }: Waiting): boolean => ownership.signal.aborted
    tell(requests.filter(isOver), 'over')
    return requests.filter((request) => !isOver(request))
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
      if (signal.aborted) {
        tell([...waiting.values()], 'over')
        waiting.clear()
      }
    }
  }

  /** @returns how many commits failed in a row */
  async function commitWaiting(failures: number): Promise<number> {
    const requests = takeLiving()
    if (requests.length === 0) return failures
    const outcome = await commit(requests.map(positionOf))
    switch (outcome.kind) {
      case 'ok':
        acknowledge(requests, outcome.fenced ?? [])
        return 0
      case 'fenced':
        // Whoever owns the partitions now goes on from what was recorded.
        logger.info({ partitions: requests.map(nameOf) }, 'commit fenced, the partitions have another owner')
        tell(requests, 'over')
        return failures
      case 'failed':
      case 'unknown': {
        const attempt = failures + 1
        for (const request of requests) enqueue(request, false)
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
    commit(request) {
      if (signal.aborted || request.ownership.signal.aborted) return Promise.resolve('over')
      return new Promise((resolve) => {
        enqueue({ ...request, heard: [resolve] }, true)
        void run()
      })
    },
  }
}

function tell(requests: readonly Waiting[], result: CommitResult): void {
  for (const { heard } of requests) for (const hear of heard) hear(result)
}

function acknowledge(requests: readonly Waiting[], fenced: readonly CommitPosition[]): void {
  const left = new Set(fenced.map(({ topic, partition, epoch }) => `${topic}/${partition}/${epoch}`))
  tell(
    requests.filter((request) => left.has(nameOf(request))),
    'over',
  )
  tell(
    requests.filter((request) => !left.has(nameOf(request))),
    'committed',
  )
}

function positionOf({ ownership, next, metadata }: CommitRequest): CommitPosition {
  const { topic, partition, epoch } = ownership
  return { topic, partition, epoch, offset: next, metadata }
}

function nameOf({ ownership: { topic, partition, epoch } }: CommitRequest): string {
  return `${topic}/${partition}/${epoch}`
}
