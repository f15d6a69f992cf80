import type { ReplayStatus } from '@ledgerbus/replay'
import type { Session } from '../edge/session.ts'
import { doneText, statusView } from './status-view.ts'

/** Tells the state that a replay was brought into. */
export async function tellState(
  { edge, printer }: Session,
  status: ReplayStatus,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { replayId, state } = status
  await printer.value(
    { ...statusView(status, edge.clock.nowMs()), ...more },
    () => `${replayId}: ${state}, ${doneText(status)}`,
  )
}
