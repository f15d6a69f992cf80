import type { ConsumerRecord, Envelope, ReplayMarks } from '@ledgerbus/core'
import type { BoundHandler } from '../subscription/bound-handler.ts'
import type { Switches } from '../subscription/switches.ts'

/** Rules by which a handler passes an event over before it is validated. */
const admissionRules = {
  disabled: 'subscription-disabled',
  replay: 'replay-not-wanted',
  filter: 'filtered-out',
  filterFailed: 'filter-failed',
} as const

/** The rule to skip by; `undefined`: the handler wants the event. */
export function refusalOf(
  { name, replay: wanted, filter }: BoundHandler,
  envelope: Envelope,
  record: ConsumerRecord,
  replay: ReplayMarks | undefined,
  switches: Switches,
): string | undefined {
  if (!switches.isOn(name)) return admissionRules.disabled
  if (replay !== undefined && wanted === 'skip') return admissionRules.replay
  if (filter === undefined) return undefined
  const result = filter.matches(envelope, filter.readsHeaders ? record.headers : undefined)
  if (result.matched) return undefined
  return result.problem === undefined ? admissionRules.filter : admissionRules.filterFailed
}
