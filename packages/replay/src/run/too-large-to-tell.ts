import type { LedgerbusError } from '@ledgerbus/core'
import { ReplayError } from '../replay-error.ts'
import { checkpointsTopic } from '../store/replay-topics.ts'

/** A word about a replay that its topic does not take: any other word of the same would be as large. */
export function tooLargeToTell(word: string, cause: LedgerbusError): ReplayError {
  return new ReplayError(
    `${checkpointsTopic} does not take the word ${word}: ${cause.message}; let it take larger records (its max.message.bytes), or replay fewer partitions at once`,
    { code: 'REPLAY_PUBLISH_FAILED', cause },
  )
}
