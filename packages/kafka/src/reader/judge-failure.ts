import type { LedgerbusError, TopicPartition } from '@ledgerbus/core'
import type { Questions } from '../client/questions.ts'
import { toQuestionError } from '../errors/to-broker-error.ts'
import { offsetBeyondEnd } from './reader-error.ts'

/** What a fetch that failed means for its read. */
export type FailureVerdict =
  /** The records at the position are gone; the partition begins at `low`. */
  | { readonly kind: 'below'; readonly low: bigint }
  /** The broker denies that there is what is read. One that has just become leader may know less than there is. */
  | { readonly kind: 'denied'; readonly error: LedgerbusError }
  /** It may pass: a broker that is away, a leader that moves. */
  | { readonly kind: 'later'; readonly error: LedgerbusError }
  /** Nothing mends it but somebody. */
  | { readonly kind: 'final'; readonly error: LedgerbusError }

export async function judgeFailure(
  error: unknown,
  { partition, position }: { readonly partition: TopicPartition; readonly position: bigint },
  questions: Pick<Questions, 'offsets'>,
): Promise<FailureVerdict> {
  const { topic, partition: number } = partition
  const known = toQuestionError(error, { where: `${topic}/${number}`, topic, partition: number })
  if (known.code === 'BROKER_OFFSET_OUT_OF_RANGE') return judgePosition(known, partition, position, questions)
  return judgeKnown(known)
}

function judgeKnown(error: LedgerbusError): FailureVerdict {
  if (error.code === 'BROKER_TOPIC_UNKNOWN') return { kind: 'denied', error }
  // Another replica may have it whole, but whoever waits for a range should hear of it.
  if (error.code === 'BROKER_RECORD_DAMAGED') return { kind: 'final', error }
  return { kind: error.retriable ? 'later' : 'final', error }
}

async function judgePosition(
  refusal: LedgerbusError,
  partition: TopicPartition,
  position: bigint,
  questions: Pick<Questions, 'offsets'>,
): Promise<FailureVerdict> {
  try {
    const [range] = await questions.offsets([partition])
    if (range === undefined) return { kind: 'later', error: refusal }
    if (position < range.low) return { kind: 'below', low: range.low }
    if (position > range.end) return { kind: 'denied', error: offsetBeyondEnd(partition, position, range.end) }
    // The refusal and the answer disagree, as they may while a leader changes.
    return { kind: 'later', error: refusal }
  } catch (error) {
    return judgeKnown(toQuestionError(error, { where: `${partition.topic}/${partition.partition}`, ...partition }))
  }
}
