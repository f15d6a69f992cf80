import type { BrokerAdmin, BrokerReader, OffsetSpan, WaitOptions } from '@ledgerbus/core'
import type { DeadLetter } from '../letter/dead-letter.ts'
import type { OriginHints } from '../letter/read-dead-letter.ts'
import { stateTopicOf } from '../letter-topics.ts'
import { RedriveError } from '../redrive-error.ts'
import { type LetterStates, readStates, spansOfTopic } from '../state/read-states.ts'
import { type SurveyedLetter, surveyPartition } from './survey-partition.ts'

/** What surveying stands on: both started. */
export interface SurveyTools {
  readonly admin: BrokerAdmin
  readonly reader: BrokerReader
}

export interface SurveyTopicOptions<Kept> extends WaitOptions {
  readonly hints: OriginHints
  readonly keep: (letter: DeadLetter) => Kept | undefined
}

/** The letters of one partition, and the span that was read for them. */
export interface SurveyedPartition<Kept> {
  readonly partition: number
  readonly span: OffsetSpan
  readonly letters: readonly SurveyedLetter<Kept>[]
}

/**
 * The dead letters of a topic as they stand at this moment, partition by partition: what comes later belongs to no survey that began before.
 *
 * @throws RedriveError `REDRIVE_TOPIC_UNKNOWN`
 */
export async function* surveyTopic<Kept>(
  { admin, reader }: SurveyTools,
  topic: string,
  options: SurveyTopicOptions<Kept>,
): AsyncGenerator<SurveyedPartition<Kept>> {
  const { hints, keep, ...wait } = options
  const spans = await spansOfTopic(admin, topic)
  if (spans.size === 0) throw new RedriveError(`there is no topic ${topic}`, { code: 'REDRIVE_TOPIC_UNKNOWN' })
  // Behind the letters: a note is written after its letter, so each letter's note as of now is among these.
  const noteSpans = await spansOfTopic(admin, stateTopicOf(topic))
  for (const [partition, span] of spans) {
    const states: LetterStates = new Map()
    const noteSpan = noteSpans.get(partition)
    if (noteSpan !== undefined) {
      await readStates(reader, { topic: stateTopicOf(topic), partition }, noteSpan, { ...wait, states })
    }
    const letters = await surveyPartition(reader, { topic, partition }, span, { ...wait, states, hints, keep })
    yield { partition, span, letters }
  }
}
