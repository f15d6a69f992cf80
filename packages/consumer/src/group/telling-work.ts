import type { ConsumerRecord } from '@ledgerbus/core'
import type { Activity } from '../activity/activity.ts'
import type { Work } from '../lanes/lane.ts'

/** The same work, of which it is told when it is given up; itself, while nobody observes. */
export function tellingWhatIsLeft(work: Work, activity: Activity): Work {
  if (!activity.isObserved) return work

  function tell(record: ConsumerRecord, end: { readonly kind: string }): void {
    if (end.kind === 'left') activity.tell({ kind: 'record-left', record })
  }

  return (record, turn, behind) => {
    const end = work(record, turn, behind)
    if (end instanceof Promise) void end.then((settled) => tell(record, settled))
    else if (end.kind === 'handed-over') void end.end.then((settled) => tell(record, settled))
    else tell(record, end)
    return end
  }
}
