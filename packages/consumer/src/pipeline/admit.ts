import type { ConsumerRecord, ReplayMarks } from '@ledgerbus/core'
import type { BoundHandler } from '../subscription/bound-handler.ts'
import { readReplayChoice, replayNotWanted } from '../subscription/replay-choice.ts'
import type { Switches } from '../subscription/switches.ts'
import type { Prepared } from './validate.ts'

/** Rules by which a handler passes an event over before it is validated. */
const admissionRules = {
  disabled: 'subscription-disabled',
  filter: 'filtered-out',
  filterFailed: 'filter-failed',
} as const

/** The rule to skip by; `undefined`: the handler wants the event. */
export function refusalOf(
  handler: BoundHandler,
  upcast: Prepared,
  record: ConsumerRecord,
  replay: ReplayMarks | undefined,
  switches: Switches,
): string | undefined {
  const { name, filter } = handler
  if (!switches.isOn(name)) return admissionRules.disabled
  if (replay !== undefined && isUnwanted(handler, replay)) return replayNotWanted
  // What could not be upcast is no event that a filter could pass over: it goes on, to be set aside.
  if (filter === undefined || upcast.kind === 'unfit') return undefined
  const result = filter.matches(upcast.event, filter.readsHeaders ? record.headers : undefined)
  if (result.matched) return undefined
  return result.problem === undefined ? admissionRules.filter : admissionRules.filterFailed
}

function isUnwanted({ name, replay }: BoundHandler, marks: ReplayMarks): boolean {
  try {
    return readReplayChoice(replay, marks, name) === 'skip'
  } catch {
    // Nobody said to skip it. The attempt asks again, and has failed should that throw too.
    return false
  }
}
