import type { ConsumerActivity, HandlerEndKind } from './activity/consumer-activity.ts'
import type { RecordEnd } from './pipeline/record-end.ts'

/** How the calls of one handler ended, by record. */
export interface HandlerCounts {
  readonly handled: number
  /** Attempts after the first. */
  readonly retried: number
  readonly deadLettered: number
  /** Moved to a retry topic after a failure; delivered again from there, and counted again. */
  readonly delayed: number
  /** Moved to where their key is parked, after a failure or behind another record; delivered again from there, and counted again. */
  readonly parked: number
  readonly skipped: number
}

/**
 * What became of the records. Each is in one state: `delivered` = `handled` + `deadLettered` + `delayed` + `parked` + all of `skipped` + `open` +
 * `lost`.
 */
export interface ConsumerCounts {
  /** Records taken from the broker; one that comes again counts again. */
  readonly delivered: number
  /** All its handlers are done, at least one handled it and none set it aside. */
  readonly handled: number
  /** At least one of its handlers set it aside, or it could not be decoded. */
  readonly deadLettered: number
  /** None of its handlers set it aside, and at least one is to have it later: it stands on a retry topic, and counts again when it is delivered from there. */
  readonly delayed: number
  /** The same, where its key is parked. */
  readonly parked: number
  /** Done without handling, by rule: `not-subscribed`, `tombstone`, `replay-for-other-groups`, `classified-as-skip`, and rules of handlers. */
  readonly skipped: Readonly<Record<string, number>>
  /** Delivered and not finished: queued, running, waiting for the next attempt. */
  readonly open: number
  /** Open when their partition was taken away; whoever owns it now gets them again. */
  readonly lost: number
  /** Came again although they were finished, as a commit says: not handled again. They are not among `delivered`. */
  readonly restored: number
  /** Attempts after the first, over all handlers. */
  readonly retried: number
  /** Results that came after their partition was taken away: without effect here. */
  readonly late: number
  /** Commits that had to leave out what is finished ahead, as it had no room in their metadata: after a restart it comes again. */
  readonly mapsTooLarge: number
  /** By the name of the subscription. */
  readonly handlers: Readonly<Record<string, HandlerCounts>>
}

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
      }
    },
    read: () => ({
      ...records,
      skipped: Object.fromEntries(skipped),
      handlers: Object.fromEntries([...handlers].map(([name, counts]) => [name, { ...counts }])),
    }),
  }
}
