import type { BrokerReader, OffsetSpan, TopicPartition, WaitOptions } from '@ledgerbus/core'
import type { DeadLetter } from '../letter/dead-letter.ts'
import { type OriginHints, readDeadLetter } from '../letter/read-dead-letter.ts'
import type { DeadLetterStatus, LetterState } from '../state/letter-state.ts'
import type { LetterStates } from '../state/read-states.ts'

/** A dead letter as it stands now. */
export interface SurveyedLetter<Kept> {
  readonly offset: bigint
  readonly status: DeadLetterStatus
  readonly state: LetterState | undefined
  /** How often it was written; above 1 after a crash in the middle of it. */
  readonly copies: number
  readonly kept: Kept
}

export interface SurveyPartitionOptions<Kept> extends WaitOptions {
  readonly states: LetterStates
  readonly hints: OriginHints
  /** What the caller wants to remember of a letter; `undefined`: nothing, it does not count. */
  readonly keep: (letter: DeadLetter) => Kept | undefined
}

interface Seen<Kept> {
  readonly offset: bigint
  readonly copies: bigint[]
  readonly redriveCount: number
  readonly kept: Kept | undefined
}

/**
 * The dead letters of a partition, each once, in the order of their offsets.
 *
 * Two things stand in a dead-letter topic more than once. A crash while a record was set aside leaves a copy: same origin, group, handler and redrive. And a record
 * that was redriven and failed again is set aside anew and names the letter it was: the later one takes the place of the earlier.
 */
export async function surveyPartition<Kept>(
  reader: BrokerReader,
  partition: TopicPartition,
  span: OffsetSpan,
  { states, hints, keep, ...wait }: SurveyPartitionOptions<Kept>,
): Promise<SurveyedLetter<Kept>[]> {
  const seen = new Map<string, Seen<Kept>>()
  const replaced = new Set<string>()
  for await (const { records } of reader.read(partition, span, wait)) {
    for (const record of records) {
      const letter = readDeadLetter(record, hints)
      if (letter.redriveOf !== undefined) replaced.add(letter.redriveOf)
      const identity = identityOf(letter)
      const copies = seen.get(identity)?.copies
      if (copies !== undefined) copies.push(record.offset)
      else {
        const { offset } = record
        seen.set(identity, { offset, copies: [offset], redriveCount: letter.redriveCount, kept: keep(letter) })
      }
    }
  }

  const letters: SurveyedLetter<Kept>[] = []
  for (const { offset, copies, redriveCount, kept } of seen.values()) {
    if (kept === undefined) continue
    if (copies.some((each) => replaced.has(`${partition.topic}/${partition.partition}/${each}`))) continue
    const state = latestOf(copies.flatMap((each) => states.get(each) ?? []))
    letters.push({ offset, status: statusOf(state, redriveCount), state, copies: copies.length, kept })
  }
  return letters
}

/** A letter without a note that was redriven before is the one that failed again. */
function statusOf(state: LetterState | undefined, redriveCount: number): DeadLetterStatus {
  if (state !== undefined) return state.status
  return redriveCount > 0 ? 'failed-again' : 'pending'
}

function latestOf(states: readonly LetterState[]): LetterState | undefined {
  return states.reduce<LetterState | undefined>(
    (latest, state) => (latest === undefined || state.atMs >= latest.atMs ? state : latest),
    undefined,
  )
}

function identityOf({ origin, handler = '', redriveId = '', record }: DeadLetter): string {
  const { topic, partition, offset, timestampMs, group = '' } = origin
  // Nothing to compare: each stands for itself.
  if (topic === undefined || partition === undefined || offset === undefined) return `${record.offset}`
  return [topic, partition, offset, timestampMs ?? '', group, handler, redriveId].join('\n')
}
