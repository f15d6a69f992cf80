import type { BrokerConsumer, Clock, CommitOutcome, CommitPosition, Logger } from '@ledgerbus/core'
import type { Activity } from '../activity/activity.ts'
import type { CommittedPosition } from '../activity/consumer-activity.ts'
import type { MapRoom } from './map-room.ts'

export interface CommitSchedulerOptions {
  readonly commit: BrokerConsumer['commit']
  /** What is finished and not committed yet. */
  readonly positions: () => readonly CommitPosition[]
  readonly onCommitted: (positions: readonly CommitPosition[]) => void
  readonly mapRoom: Pick<MapRoom, 'committed'>
  readonly activity: Pick<Activity, 'tell'>
  readonly clock: Clock
  readonly logger: Logger
  readonly intervalMs: number
}

/** Commits what is finished: some time after it is, or at once. One commit is under way at a time. */
export interface CommitScheduler {
  /** Something was finished: it is committed within the interval. */
  changed(): void
  /** Commits now, after the one under way. A failure is repeated by the next commit, as positions only grow. */
  commitNow(): Promise<CommitOutcome>
  /** Commits no more by itself. */
  stop(): void
}

export function createCommitScheduler(options: CommitSchedulerOptions): CommitScheduler {
  const { activity, clock, logger, intervalMs } = options
  let tail: Promise<unknown> = Promise.resolve()
  let cancelTimer: (() => void) | undefined
  let isStopped = false

  async function commit(): Promise<CommitOutcome> {
    const positions = options.positions()
    if (positions.length === 0) return { kind: 'ok' }
    const outcome = await options.commit(positions)
    options.mapRoom.committed(positions, outcome)
    switch (outcome.kind) {
      case 'ok': {
        const { fenced = [] } = outcome
        const stored = positions.filter((position) => !fenced.some((other) => isSame(position, other)))
        options.onCommitted(stored)
        if (stored.length > 0) activity.tell({ kind: 'commit-ok', positions: stored.map(withoutMap) })
        if (fenced.length > 0) activity.tell({ kind: 'commit-fenced', positions: fenced.map(withoutMap) })
        return outcome
      }
      case 'fenced':
        // Taken away: whoever owns the partitions now goes on from the last commit.
        activity.tell({ kind: 'commit-fenced', positions: positions.map(withoutMap) })
        return outcome
      case 'failed':
      case 'unknown':
        logger.warn(
          { outcome: outcome.kind, code: outcome.error.code, error: outcome.error.message },
          'commit did not succeed, it is repeated; records may come again after a restart',
        )
        activity.tell({ kind: `commit-${outcome.kind}`, positions: positions.map(withoutMap), error: outcome.error })
        changed()
        return outcome
    }
  }

  function commitNow(): Promise<CommitOutcome> {
    const mine = tail.then(commit)
    tail = mine.catch((error: unknown) => {
      logger.error({ error }, 'commit broke its contract, it is repeated')
      changed()
    })
    return mine
  }

  function changed(): void {
    if (isStopped || cancelTimer !== undefined) return
    cancelTimer = clock.schedule(intervalMs, () => {
      cancelTimer = undefined
      // What it rejects with is told already.
      commitNow().catch(() => undefined)
    })
  }

  return {
    changed,
    commitNow,
    stop() {
      isStopped = true
      cancelTimer?.()
    },
  }
}

function withoutMap({ topic, partition, offset }: CommitPosition): CommittedPosition {
  return { topic, partition, offset }
}

function isSame(one: CommitPosition, other: CommitPosition): boolean {
  return one.topic === other.topic && one.partition === other.partition && one.epoch === other.epoch
}
