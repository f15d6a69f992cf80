import type { ReplayChange } from '@ledgerbus/replay'
import { toPaceFlags } from '../input/replay-options.ts'
import { grouped, table } from '../output/table.ts'
import { toIso } from '../times/iso.ts'
import { doneOf } from './done-of.ts'
import { paceText } from './run-command.ts'
import { paceView } from './status-view.ts'

/** A line of the history of replays as JSON. */
export function changeView({ atMs, pace, ...change }: ReplayChange): object {
  return { at: toIso(atMs), ...change, ...(pace !== undefined && { pace: paceView(pace) }) }
}

/** The history of replays, a line each, the oldest first. */
export function changeTable(changes: readonly ReplayChange[]): string {
  return table(
    ['AT', 'REPLAY', 'WHAT', 'BY', 'DONE', 'ENTRIES', 'WHY'],
    changes.map((change) => [
      toIso(change.atMs),
      change.replayId,
      change.kind,
      change.by || '-',
      change.failed === 0 ? grouped(doneOf(change)) : `${grouped(doneOf(change))}, ${grouped(change.failed)} failed`,
      change.planned,
      whyText(change) || '-',
    ]),
  )
}

function whyText({ kind, reason, note, pace }: ReplayChange): string {
  if (kind === 'planned') return reason
  return note ?? paceText(toPaceFlags(pace))
}
