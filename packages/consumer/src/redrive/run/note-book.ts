import type { WaitOptions } from '@ledgerbus/core'
import { stateTopicOf } from '../letter-topics.ts'
import type { LetterPlace, LetterState } from '../state/letter-state.ts'
import { type LetterStates, readStates, spansOfTopic } from '../state/read-states.ts'
import type { SurveyTools } from '../survey/survey-topic.ts'
import type { EndedCounts } from './tally.ts'

/** The notes on the letters of a plan, as the state topic has them. */
export interface NoteBook {
  /** Reads what was noted since the last time. */
  refresh(options?: WaitOptions): Promise<void>
  stateOf(place: LetterPlace): LetterState | undefined
  /** Takes in what was just noted by this run. */
  noted(place: LetterPlace, state: LetterState): void
  /** What the group told of the letters that this run redrove. */
  ended(): EndedCounts
}

export interface NoteBookOptions {
  readonly deadLetterTopic: string
  readonly partitions: readonly number[]
  readonly redriveId: string
}

export function createNoteBook({ admin, reader }: SurveyTools, options: NoteBookOptions): NoteBook {
  const { deadLetterTopic, partitions, redriveId } = options
  const topic = stateTopicOf(deadLetterTopic)
  const byPartition = new Map(partitions.map((partition) => [partition, new Map() as LetterStates]))
  const readUpTo = new Map<number, bigint>()
  /** Letters of this run that ended; a note may come twice. */
  const ends = new Map<string, 'resolved' | 'failed-again'>()
  const counts = { resolved: 0, failedAgain: 0 }

  function count(partition: number, offset: bigint, { status, redriveId: by }: LetterState): void {
    if (by !== redriveId || (status !== 'resolved' && status !== 'failed-again')) return
    const name = `${partition}/${offset}`
    const before = ends.get(name)
    if (before === status) return
    if (before !== undefined) counts[before === 'resolved' ? 'resolved' : 'failedAgain'] -= 1
    counts[status === 'resolved' ? 'resolved' : 'failedAgain'] += 1
    ends.set(name, status)
  }

  return {
    async refresh(wait = {}) {
      const spans = await spansOfTopic(admin, topic)
      for (const [partition, states] of byPartition) {
        const span = spans.get(partition)
        const from = readUpTo.get(partition) ?? span?.from
        if (span === undefined || from === undefined || from >= span.to) continue
        await readStates(
          reader,
          { topic, partition },
          { from, to: span.to },
          { ...wait, states, onNote: (offset, state) => count(partition, offset, state) },
        )
        readUpTo.set(partition, span.to)
      }
    },
    stateOf: ({ partition, offset }) => byPartition.get(partition)?.get(offset),
    noted({ partition, offset }, state) {
      byPartition.get(partition)?.set(offset, state)
    },
    ended: () => ({ ...counts }),
  }
}
