import type { AuditLog, Broker, Logger } from '@ledgerbus/core'
import { createReplay, type Replay, type ReplayReport, type ReplayRequest } from '@ledgerbus/replay'
import type { AffectedFlight } from './ask-the-log.ts'

/** A process that runs a replay, and how to end it without a word. */
export interface RunnerProcess {
  /** As `kill -9` does; resolves when it is gone. */
  kill(): Promise<void>
}

/** Where replays happen. */
export interface ReplayFlightsOptions {
  readonly broker: Broker
  readonly auditLog: AuditLog
  readonly logger: Logger
  /** Starts a program of its own that runs a replay. */
  readonly startRunner: (replayId: string, ratePerSecond: number) => RunnerProcess
  readonly say: (line: string) => void
  readonly progress: (text: string) => void
  readonly signal: AbortSignal
}

const slow = 50
const fast = 500
/** The runner is killed once so many are published. */
const killedBehind = 75

/** Plan, dry run, run, kill -9 in the middle, go on, report. */
export async function replayFlights(
  options: ReplayFlightsOptions,
  affected: readonly AffectedFlight[],
): Promise<ReplayReport> {
  const { broker, auditLog, logger, startRunner, say, progress, signal } = options
  const replay = createReplay({ broker, auditLog, logger })
  const request: ReplayRequest = {
    fromMs: Date.UTC(2001, 0, 1),
    toMs: Date.UTC(2001, 3, 1),
    names: ['flight.landed'],
    eventIds: affected.map((flight) => flight.eventId),
    groups: ['compensation'],
    reason: 'compensation took miles for kilometres',
    by: 'the day shift',
  }
  try {
    const { summary, otherGroups } = await replay.plan(request, { keep: 'no', signal })
    say(
      `   dry run: ${summary.entries} entries of 1 January to 31 March 2001, to group compensation; others that read the topic: ${otherGroups.map((other) => other.groupId).join(', ')}`,
    )
    const { replayId } = await replay.plan(request, { signal })
    say(`   plan:    kept in Kafka as replay ${replayId}`)

    const runner = startRunner(replayId, slow)
    const before = await publishedBy(replay, replayId, killedBehind, { progress, signal })
    await runner.kill()
    say(`   run:     a program of its own, at ${slow} a second; kill -9 when ${before} were published`)

    const report = await replay.run(replayId, {
      confirmed: true,
      ratePerSecond: fast,
      signal,
      onProgress: (state) => progress(`replayed ${state.published} of ${state.planned}`),
    })
    say(`   resume:  another one goes on behind them, at ${fast} a second: ${report.published} in all`)
    const { state, published, failed, plan } = await replay.status(replayId, { signal })
    say(`   report:  ${state}, ${published} published once, ${failed} failed; for ${plan.by}: ${plan.reason}`)
    return report
  } finally {
    await replay.close()
  }
}

/** How many a runner elsewhere has published when it is past a number. */
async function publishedBy(
  replay: Replay,
  replayId: string,
  count: number,
  { progress, signal }: Pick<ReplayFlightsOptions, 'progress' | 'signal'>,
): Promise<number> {
  for await (const { published, plan } of replay.watch(replayId, { signal })) {
    progress(`replayed ${published} of ${plan.summary.entries}`)
    if (published >= count) return published
  }
  throw new Error(`replay ${replayId} was over before its runner could be killed`)
}
