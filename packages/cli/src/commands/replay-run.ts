import type { ReplayStatus } from '@ledgerbus/replay'
import { openSession, type Session } from '../edge/session.ts'
import { withReplay, withReplayFrom } from '../edge/with-replay.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withClickHouse, withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { guessingReplays } from '../input/known-replays.ts'
import {
  type ConfirmFlags,
  type PaceFlags,
  requirePace,
  requireWho,
  toPaceFlags,
  withBy,
  withConfirm,
  withPace,
} from '../input/replay-options.ts'
import { duration } from '../output/table.ts'
import { write } from '../output/write.ts'
import { carryOut } from '../replay/carry-out.ts'
import { type Confirmation, confirmReplay } from '../replay/confirm-replay.ts'
import { doneOf } from '../replay/done-of.ts'
import { shortPlanText } from '../replay/plan-text.ts'
import { paceText } from '../replay/run-command.ts'
import { doneText, silentForMs } from '../replay/status-view.ts'

export const replayRunCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(withClickHouse(withBy(withConfirm(withPace(command))))))
    .argument('<replay-id>', 'the replay, as `replay plan` named it')
    .addHelpText(
      'after',
      helpAfter([
        'ledgerbus replay run 00000000-0000-7000-8000-000000000001 --confirm orders',
        'ledgerbus replay run 00000000-0000-7000-8000-000000000001 --confirm orders --rate 500 --max-lag 1000',
      ]),
    )
    .action(async (replayId, flags) => {
      requireWho(flags, edge)
      // It may run for hours: what it waits out has to be seen.
      const session = await openSession(edge, flags, { logLevel: 'warn' })
      const wait = { signal: edge.interrupted }
      const status = await withReplay(session, (replay) =>
        guessingReplays(replay, replayId, () => replay.status(replayId, wait)),
      )
      const { plan } = status
      requirePace({ ...flags, speed: flags.speed ?? plan.speed }, plan.order)
      await withReplayFrom(session, plan.readFrom, async (replay) => {
        const confirmation = await confirmed(session, status, flags)
        await carryOut(session, replay, { plan, done: doneOf(status), confirmation, flags })
      })
    })

async function confirmed(
  session: Session,
  status: ReplayStatus,
  flags: PaceFlags & ConfirmFlags,
): Promise<Confirmation> {
  // One that has ended is the replay's to refuse, for that and nothing else; nobody need confirm it first.
  if (hasEnded(status)) return 'given'
  await tellBefore(session, status, flags)
  return await confirmReplay(status.plan, session.edge, flags)
}

function hasEnded({ state }: ReplayStatus): boolean {
  return state === 'completed' || state === 'cancelled'
}

async function tellBefore({ edge, printer }: Session, status: ReplayStatus, flags: PaceFlags): Promise<void> {
  if (printer.format === 'text') await write(edge.stderr, `${shortPlanText(status.plan, flags)}\n\n`)
  for (const line of standing(status, flags, edge.clock.nowMs())) await write(edge.stderr, `${line}\n`)
}

/** What somebody who runs it has to know of its runs so far. */
function standing(status: ReplayStatus, flags: PaceFlags, nowMs: number): string[] {
  const { state, by, note, lastSignMs } = status
  const isAlive = state === 'running' && silentForMs(status, nowMs) === undefined && lastSignMs !== undefined
  return [
    ...(doneOf(status) > 0 ? [`goes on: ${doneText(status)} are done`] : []),
    ...(state === 'paused'
      ? [`${by} paused it${note === undefined ? '' : ` (${note})`}: this run goes on all the same`]
      : []),
    ...otherPace(status, flags),
    ...(isAlive
      ? [
          `a runner gave a sign of life ${duration(nowMs - lastSignMs)} ago: if it still runs, this one takes over and that one stops`,
        ]
      : []),
  ]
}

/** Whoever goes on with it for another may not know that it went slowly for a reason. */
function otherPace({ pace, plan }: ReplayStatus, flags: PaceFlags): string[] {
  const last = paceText(toPaceFlags(pace, plan))
  const { ratePerSecond, speed } = plan
  const planned = { ...(ratePerSecond !== undefined && { rate: ratePerSecond }), ...(speed !== undefined && { speed }) }
  const now = paceText({ ...planned, ...flags })
  if (pace === undefined || last === now) return []
  return [`the last run had ${last || 'no bounds of its own'}; this one has ${now || 'none'}`]
}
