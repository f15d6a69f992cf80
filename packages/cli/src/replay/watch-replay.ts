import type { Replay, ReplayStatus } from '@ledgerbus/replay'
import type { SettingFlags } from '../config/settings.ts'
import type { Session } from '../edge/session.ts'
import { CommandError } from '../errors/command-error.ts'
import { createProgress } from '../output/progress.ts'
import { doneOf } from './done-of.ts'
import { type MeasuredStatus, rateBetween } from './measure-rate.ts'
import { doneText, statusLine, statusText, statusView } from './status-view.ts'

/** While only the counts change. */
const lineEveryMs = 5_000

/** What is followed. */
export interface WatchedReplay {
  readonly now: ReplayStatus
  readonly flags: SettingFlags
}

/**
 * Follows a replay until it has ended: as a bar where a person reads along, else a line at every change of its state, and between them now and then.
 *
 * @throws CommandError `CLI_PARTLY_DONE` where it did not end as planned: a script that waits for it may rely on that
 */
export async function watchReplay(session: Session, replay: Replay, { now, flags }: WatchedReplay): Promise<void> {
  const { edge, printer } = session
  const statuses = replay.watch(now.replayId, { signal: edge.interrupted })
  const isFollowed = printer.format === 'text' && edge.stdout.isTTY === true && edge.stderr.isTTY === true
  const last = isFollowed ? await showBar(session, statuses, { now, flags }) : await showLines(session, statuses, now)
  edge.interrupted.throwIfAborted()
  if (last.state === 'completed' && last.failed === 0) return
  throw new CommandError(`${last.state}: ${doneText(last)} are done`, {
    code: 'CLI_PARTLY_DONE',
    remedy: `see ledgerbus replay status ${last.replayId}`,
  })
}

async function showBar(
  { edge, printer }: Session,
  statuses: AsyncIterable<ReplayStatus>,
  { now, flags }: WatchedReplay,
): Promise<ReplayStatus> {
  let last = now
  const progress = await createProgress(edge, { what: now.state, total: now.plan.summary.entries, done: doneOf(now) })
  try {
    for await (const status of statuses) {
      last = status
      const isPaused = status.state === 'paused'
      progress.update(doneOf(status), {
        waitingFor: isPaused ? `resume; paused by ${status.by}` : status.waitingFor,
      })
    }
  } finally {
    progress.stop()
  }
  const nowMs = edge.clock.nowMs()
  await printer.value(statusView(last, nowMs), () => statusText(last, { nowMs, flags }))
  return last
}

async function showLines(
  { edge, printer }: Session,
  statuses: AsyncIterable<ReplayStatus>,
  now: ReplayStatus,
): Promise<ReplayStatus> {
  let last = now

  async function* thinned(): AsyncGenerator<MeasuredStatus> {
    let told: ReplayStatus | undefined
    let toldAtMs = Number.NEGATIVE_INFINITY
    for await (const status of statuses) {
      last = status
      const nowMs = edge.clock.monotonicMs()
      const isSame = told?.state === status.state && isWaiting(told) === isWaiting(status)
      if (isSame && nowMs - toldAtMs < lineEveryMs) continue
      const ratePerSecond =
        told?.state === 'running' && status.state === 'running' ? rateBetween(told, status) : undefined
      told = status
      toldAtMs = nowMs
      yield { status, ...(ratePerSecond !== undefined && { ratePerSecond }) }
    }
  }

  await printer.list('statuses', thinned(), {
    item: ({ status, ratePerSecond }) => statusView(status, edge.clock.nowMs(), ratePerSecond),
    text: ({ status, ratePerSecond }) => statusLine(status, ratePerSecond),
    rest: () => ({}),
  })
  return last
}

function isWaiting({ waitingFor }: ReplayStatus): boolean {
  return waitingFor !== undefined
}
