import type { Clock, ProducerRecord } from '@ledgerbus/core'
import type { PublishOptions, PublishReceipt } from './producer.ts'
import { PublishError, type PublishErrorCode, unknownRemedy } from './publish-error.ts'

/** How a publish ended, for the report. */
export type PublishEnd = 'published' | 'failed' | 'unknown' | 'unsent'

/** What is published: the record and the names by which errors speak of it. */
export interface PreparedPublish {
  readonly eventName: string
  readonly eventId: string
  readonly topic: string
  readonly record: ProducerRecord
  readonly bytes: number
}

/** Where a publish waits until it is sent. */
export interface PublishHolder {
  /** Lets go of a publish that was given up. */
  drop(publish: PendingPublish): void
}

/** One call of `publish` on its way: from the check of its input to its outcome. It ends once; what comes later is without effect. */
export interface PendingPublish extends PreparedPublish {
  /** When it was accepted, on the monotonic clock. */
  readonly acceptedAtMs: number
  /** What the caller awaits. */
  readonly receipt: Promise<PublishReceipt>
  readonly isEnded: () => boolean
  /** From now on `holder` is told when the caller gives up. */
  heldBy(holder: PublishHolder): void
  /** The record is on its way: giving up no longer means that it is not stored. */
  sent(partition: number): void
  published(offset: bigint): void
  /** Ends it with an error; `how` says what happened, in words that end the sentence "order.created 0198...: ". */
  ended(
    end: Exclude<PublishEnd, 'published'>,
    code: PublishErrorCode,
    how: string,
    cause?: unknown,
    retriable?: boolean,
  ): void
}

export interface PendingPublishOptions extends PublishOptions {
  readonly clock: Clock
  /** Called once. */
  readonly onEnd: (end: PublishEnd) => void
}

export function createPendingPublish(prepared: PreparedPublish, options: PendingPublishOptions): PendingPublish {
  const { clock, signal, timeoutMs, onEnd } = options
  let resolve: (receipt: PublishReceipt) => void
  let reject: (error: PublishError) => void
  let isEnded = false
  let partition: number | undefined
  let holder: PublishHolder | undefined
  let cancelTimer: (() => void) | undefined

  function end(kind: PublishEnd): void {
    isEnded = true
    cancelTimer?.()
    signal?.removeEventListener('abort', onAbort)
    onEnd(kind)
  }

  function giveUp(code: 'PUBLISH_ABORTED' | 'PUBLISH_TIMED_OUT', what: string, cause: unknown): void {
    if (isEnded) return
    holder?.drop(pending)
    const sent = partition !== undefined
    const how = sent ? `${what} after it was sent; ${unknownRemedy}` : `${what} before it was sent; nothing is stored`
    pending.ended(sent ? 'unknown' : 'failed', code, how, cause, true)
  }

  function onAbort(): void {
    giveUp('PUBLISH_ABORTED', 'aborted', signal?.reason)
  }

  const pending: PendingPublish = {
    ...prepared,
    acceptedAtMs: clock.monotonicMs(),
    receipt: new Promise<PublishReceipt>((onPublished, onRefused) => {
      resolve = onPublished
      reject = onRefused
    }),
    isEnded: () => isEnded,
    heldBy(next) {
      holder = next
    },
    sent(to) {
      partition = to
      holder = undefined
    },
    published(offset) {
      if (isEnded || partition === undefined) return
      end('published')
      const { eventId, topic, record } = prepared
      resolve({ eventId, topic, partition, offset, timestampMs: record.timestampMs })
    },
    ended(kind, code, how, cause, retriable = false) {
      if (isEnded) return
      end(kind)
      const { eventName, eventId, topic } = prepared
      const outcome = kind === 'unknown' ? 'unknown' : 'failed'
      const facts = { code, eventName, eventId, topic, partition, outcome, retriable, cause } as const
      reject(new PublishError(`${eventName} ${eventId}: ${how}`, facts))
    },
  }
  if (signal?.aborted === true) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  if (timeoutMs !== undefined && !isEnded) {
    cancelTimer = clock.schedule(timeoutMs, () => {
      giveUp('PUBLISH_TIMED_OUT', `no answer within ${timeoutMs} ms, given up`, undefined)
    })
  }
  return pending
}
