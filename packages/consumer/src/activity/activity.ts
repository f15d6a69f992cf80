import type { ConsumerRecord, Logger } from '@ledgerbus/core'
import type { ConsumerCounts } from '../consumer-counts.ts'
import { isPromiseLike } from '../maybe-promise.ts'
import type { RecordEnd } from '../pipeline/record-end.ts'
import type { ConsumerActivity, ConsumerObserver, HandlerEndKind } from './consumer-activity.ts'
import { createCounters } from './counters.ts'

/**
 * The one place that everything is told to; it feeds the counts and the observer.
 *
 * What every record does has a method of its own: nothing is made for it while nobody observes.
 */
export interface Activity {
  delivered(record: ConsumerRecord): void
  restored(record: ConsumerRecord): void
  ended(record: ConsumerRecord, end: Exclude<RecordEnd, { readonly kind: 'left' }>): void
  handlerEnded(record: ConsumerRecord, handler: string, end: HandlerEndKind): void
  /** Everything else. */
  tell(activity: Exclude<ConsumerActivity, { readonly kind: ToldByMethods }>): void
  readonly isObserved: boolean
  /** How many records came to an end. */
  readonly endedRecords: number
  counts(): ConsumerCounts
}

type ToldByMethods =
  | 'record-delivered'
  | 'record-restored'
  | 'record-handled'
  | 'record-skipped'
  | 'record-dead-lettered'
  | 'record-delayed'
  | 'record-parked'
  | 'handler-ended'

export interface ActivityOptions {
  readonly handlerNames: readonly string[]
  readonly observer: ConsumerObserver | undefined
  readonly groupId: string
  readonly logger: Logger
}

export function createActivity({ handlerNames, observer, groupId, logger }: ActivityOptions): Activity {
  const counters = createCounters(handlerNames)
  const observe = observer === undefined ? undefined : guarded(observer, { groupId, logger })

  return {
    delivered(record) {
      counters.delivered()
      observe?.({ kind: 'record-delivered', record })
    },
    restored(record) {
      counters.restored()
      observe?.({ kind: 'record-restored', record })
    },
    ended(record, end) {
      counters.ended(end)
      if (observe === undefined) return
      if (end.kind === 'skipped') observe({ ...end, kind: 'record-skipped', record })
      else observe({ kind: `record-${end.kind}`, record })
    },
    handlerEnded(record, handler, end) {
      counters.handlerEnded(handler, end)
      observe?.({ kind: 'handler-ended', record, handler, end })
    },
    tell(activity) {
      counters.tell(activity)
      observe?.(activity)
    },
    isObserved: observe !== undefined,
    get endedRecords() {
      return counters.endedRecords
    },
    counts: counters.read,
  }
}

/** Whatever an observer does harms nothing. It is said once: an observer that fails tends to fail for every record. */
function guarded(
  observer: ConsumerObserver,
  { groupId, logger }: Pick<ActivityOptions, 'groupId' | 'logger'>,
): ConsumerObserver {
  let hasFailed = false

  function failed(kind: ConsumerActivity['kind'], error: unknown): void {
    if (hasFailed) return
    hasFailed = true
    logger.error({ groupId, kind, error }, 'the observer failed; it is told on, this is not said again')
  }

  return (activity) => {
    try {
      const result: unknown = observer(activity)
      if (isPromiseLike(result)) result.then(undefined, (error: unknown) => failed(activity.kind, error))
    } catch (error) {
      failed(activity.kind, error)
    }
  }
}
