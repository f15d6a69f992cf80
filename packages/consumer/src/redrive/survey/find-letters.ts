import type { Broker, WaitOptions } from '@ledgerbus/core'
import type { DeadLetter } from '../letter/dead-letter.ts'
import { readDeadLetter } from '../letter/read-dead-letter.ts'
import { checkFilter, type DeadLetterSource, hintsOf } from '../plan/redrive-request.ts'
import { readRecordsAt } from '../read-records.ts'
import type { DeadLetterStatus, LetterState } from '../state/letter-state.ts'
import { withTools } from '../with-tools.ts'
import { createLetterCounter } from './count-letters.ts'
import type { DeadLetterCounts } from './dead-letter-survey.ts'
import { factsOfLetter } from './letter-facts.ts'
import { compileFilter, type DeadLetterFilter, lazyEvent } from './letter-filter.ts'
import { type SurveyedPartition, surveyTopic } from './survey-topic.ts'

/** Which dead letters to look at. */
export interface LetterSelection extends DeadLetterSource, DeadLetterFilter {
  /** @default all */
  readonly statuses?: readonly DeadLetterStatus[]
}

/** A dead letter, and what became of it. */
export interface FoundDeadLetter extends DeadLetter {
  readonly status: DeadLetterStatus
  /** The last note; absent where nothing was noted. */
  readonly state?: LetterState
  /** How often it was written; above 1 after a crash in the middle of it. */
  readonly copies: number
}

const pageSize = 200

export async function countLetters(
  selection: LetterSelection,
  broker: Broker,
  wait: WaitOptions,
): Promise<DeadLetterCounts> {
  const { fits, isWanted } = check(selection)
  return await withTools(broker, wait, async (tools) => {
    const counter = createLetterCounter()
    const options = {
      ...wait,
      hints: hintsOf(selection),
      keep: (letter: DeadLetter) => {
        const event = lazyEvent(letter)
        return fits(letter, event) ? factsOfLetter(letter, event) : undefined
      },
    }
    for await (const { letters } of surveyTopic(tools, selection.deadLetterTopic, options)) {
      for (const letter of letters) if (isWanted(letter.status)) counter.add(letter)
    }
    return counter.read()
  })
}

export async function* findLetters(
  selection: LetterSelection,
  broker: Broker,
  wait: WaitOptions,
): AsyncGenerator<FoundDeadLetter> {
  const { fits, isWanted } = check(selection)
  const { deadLetterTopic: topic } = selection
  const hints = hintsOf(selection)
  const admin = broker.createAdmin()
  const reader = broker.createReader()

  /** Read twice: whether a letter still counts is known only at the end of its partition, and values are not kept until then. */
  async function* lettersOf({ partition, letters }: SurveyedPartition<true>): AsyncGenerator<FoundDeadLetter> {
    const wanted = letters.filter(({ status }) => isWanted(status))
    for (let at = 0; at < wanted.length; at += pageSize) {
      const page = wanted.slice(at, at + pageSize)
      const offsets = page.map(({ offset }) => offset)
      const records = await readRecordsAt(reader, { topic, partition }, offsets, wait)
      for (const { offset, status, state, copies } of page) {
        const record = records.get(offset)
        // Expired in between.
        if (record === undefined) continue
        yield { ...readDeadLetter(record, hints), status, ...(state !== undefined && { state }), copies }
      }
    }
  }

  try {
    await admin.start(wait)
    await reader.start(wait)
    const keep = (letter: DeadLetter): true | undefined => fits(letter, lazyEvent(letter)) || undefined
    for await (const surveyed of surveyTopic({ admin, reader }, topic, { ...wait, hints, keep })) {
      yield* lettersOf(surveyed)
    }
  } finally {
    await Promise.allSettled([reader.close(), admin.close()])
  }
}

function check(selection: LetterSelection): {
  readonly fits: ReturnType<typeof compileFilter>
  readonly isWanted: (status: DeadLetterStatus) => boolean
} {
  const { statuses, deadLetterTopic: _topic, sourceTopic: _source, groupId: _group, ...filter } = selection
  checkFilter(filter)
  return { fits: compileFilter(filter), isWanted: (status) => statuses?.includes(status) ?? true }
}
