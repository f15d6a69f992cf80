import { type Replay, ReplayError, type ReplayPlan, type ReplayReport } from '@ledgerbus/replay'
import type { SettingFlags } from '../config/settings.ts'
import type { Session } from '../edge/session.ts'
import { type ByFlag, type PaceFlags, requireWho, toRunOptions } from '../input/replay-options.ts'
import { createProgress } from '../output/progress.ts'
import type { Confirmation } from './confirm-replay.ts'
import { doneOf } from './done-of.ts'
import { createPauseTeller } from './pause-teller.ts'
import { tellReport } from './tell-report.ts'

/** What a plan is run with. */
export interface CarryOutOptions {
  readonly plan: ReplayPlan
  /** What earlier runs brought to an end. */
  readonly done: number
  readonly confirmation: Confirmation
  readonly flags: SettingFlags & PaceFlags & ByFlag
}

/** Runs a plan and tells its report, also of a run that stopped: it is as much its result. */
export async function carryOut(session: Session, replay: Replay, options: CarryOutOptions): Promise<void> {
  const { plan, flags } = options
  let report: ReplayReport
  try {
    report = await run(session, replay, options)
  } catch (error) {
    if (!(error instanceof ReplayError) || error.report === undefined) throw error
    await tellReport(session, replay, { plan, flags, report: error.report, error })
    return
  }
  await tellReport(session, replay, { plan, flags, report })
}

async function run(session: Session, replay: Replay, options: CarryOutOptions): Promise<ReplayReport> {
  const { plan, done, confirmation, flags } = options
  const { edge } = session
  const by = requireWho(flags, edge)
  const progress = await createProgress(edge, { what: 'replaying', total: plan.summary.entries, done })
  const tellPause = createPauseTeller(edge)
  try {
    return await replay.run(plan.replayId, {
      ...toRunOptions(flags),
      ...(confirmation === 'given' && { confirmed: true as const }),
      signal: edge.interrupted,
      onProgress: (counts) => {
        const { ratePerSecond, waitingFor } = counts
        progress.update(doneOf(counts), { ratePerSecond, waitingFor })
        tellPause(counts)
      },
      by,
    })
  } finally {
    progress.stop()
  }
}
