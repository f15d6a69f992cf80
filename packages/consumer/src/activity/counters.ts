import type { ConsumerCounts } from '../consumer-counts.ts'
import type { RecordEnd } from '../pipeline/record-end.ts'
import type { ConsumerActivity, HandlerEndKind } from './consumer-activity.ts'
import { createReplaySkips } from './replay-skips.ts'

/** The figures behind `counts()`; fed by the consumer's activity. */
export interface Counters {
  delivered(): void
  restored(): void
  ended(end: Exclude<RecordEnd, { readonly kind: 'left' }>): void
  handlerEnded(handlerName: string, end: HandlerEndKind): void
  tell(activity: ConsumerActivity): void
  read(): ConsumerCounts
  /** How many records came to an end. */
  readonly endedRecords: number
}

/** Rules beyond this many are counted together: a rule is a fixed word, not a text made per record. */
const maxRules = 100
const otherRules = 'other-rules'

export function createCounters(handlerNames: readonly string[]): Counters {
  const records = {
    delivered: 0,
    handled: 0,
    deadLettered: 0,
    delayed: 0,
    parked: 0,
    open: 0,
    lost: 0,
    restored: 0,
    retried: 0,
    late: 0,
    mapsTooLarge: 0,
  }
  const skipped = new Map<string, number>()
  const replaySkips = createReplaySkips()
  const handlers = new Map(
    handlerNames.map((name) => [name, { handled: 0, retried: 0, deadLettered: 0, delayed: 0, parked: 0, skipped: 0 }]),
  )

  function countSkip(rule: string): void {
    const counted = skipped.has(rule) || skipped.size < maxRules ? rule : otherRules
    skipped.set(counted, (skipped.get(counted) ?? 0) + 1)
  }

  return {
    get endedRecords() {
      return records.delivered - records.open - records.lost
    },
    delivered() {
      records.delivered += 1
      records.open += 1
    },
    restored() {
      records.restored += 1
    },
    ended(end) {
      records.open -= 1
      switch (end.kind) {
        case 'handled':
          records.handled += 1
          return
        case 'dead-lettered':
          records.deadLettered += 1
          return
        case 'delayed':
        case 'parked':
          records[end.kind] += 1
          return
        case 'skipped':
          countSkip(end.rule)
          if (end.replayId !== undefined) replaySkips.count(end.replayId, end.rule)
      }
    },
    handlerEnded(handlerName, end) {
      const counts = handlers.get(handlerName)
      if (counts === undefined) return
      counts[end === 'dead-lettered' ? 'deadLettered' : end] += 1
    },
    tell(activity) {
      switch (activity.kind) {
        case 'attempt-retried': {
          records.retried += 1
          const counts = handlers.get(activity.handler)
          if (counts !== undefined) counts.retried += 1
          return
        }
        case 'record-late':
          records.late += 1
          return
        case 'partition-lost':
          records.open -= activity.open
          records.lost += activity.open
          return
        case 'map-too-large':
          records.mapsTooLarge += 1
          return
        default:
        // What else happens has no figure.
      }
    },
    read: () => ({
      ...records,
      skipped: Object.fromEntries(skipped),
      replaysSkipped: replaySkips.read(),
      handlers: Object.fromEntries([...handlers].map(([name, counts]) => [name, { ...counts }])),
    }),
  }
}
