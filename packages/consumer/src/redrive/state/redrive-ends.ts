import { type ConsumerRecord, headerText } from '@ledgerbus/core'
import { deadLetterHeaders } from '../../dead-letter/dead-letter-headers.ts'
import { type AppendTools, appendUntilStored } from '../../dead-letter/append-until-stored.ts'
import type { OnRedriveEnd } from '../../pipeline/pipeline-tools.ts'
import { recordFacts } from '../../pipeline/record-facts.ts'
import { stateTopicOf } from '../letter-topics.ts'
import { redriveHeaders } from '../redrive-headers.ts'
import { gatherAppends } from './gather-appends.ts'
import { encodeLetterState, type LetterPlace, type LetterState } from './letter-state.ts'

/**
 * Notes how redriven records ended, each beside the dead letter it was.
 *
 * Written before the record counts as done. Killed before the note stands, the record comes again, is handled again, as handlers must bear, and is noted then. Killed
 * after it, the note stands twice and says the same. The other way round a note could be missing for good, and the letter would look as if it were still under way.
 */
export function noteRedriveEnds(groupId: string, appendTools: AppendTools): OnRedriveEnd {
  const tools = { ...appendTools, producer: gatherAppends(appendTools.producer) }
  return async (record, end, turn) => {
    const letter = letterOf(record, groupId)
    // Of another group's letter, or of none: there is nothing to note.
    if (letter === undefined) return true
    const { topic, place, redriveId } = letter
    turn.rest()
    const offset = await appendUntilStored(
      {
        topic: stateTopicOf(topic),
        partition: place.partition,
        record: () => encodeLetterState(place, stateNow(end, redriveId, tools)),
        facts: { ...recordFacts(record, groupId), redriveId, end },
        reason: 'redrive-end-not-noted',
        what: 'end of a redriven record not noted',
      },
      turn,
      tools,
    )
    return offset !== undefined
  }
}

function stateNow(status: 'resolved' | 'failed-again', redriveId: string, { clock }: AppendTools): LetterState {
  return { status, redriveId, atMs: clock.nowMs() }
}

const letterPlace = /^(.+)\/(\d{1,10})\/(\d{1,19})$/

/** The dead letter that a record was; `undefined` where it was none of this group. */
function letterOf(
  { headers }: ConsumerRecord,
  groupId: string,
): { readonly topic: string; readonly place: LetterPlace; readonly redriveId: string } | undefined {
  const redriveId = headerText(headers, redriveHeaders.id)
  const [, topic, partition, offset] = letterPlace.exec(headerText(headers, redriveHeaders.of) ?? '') ?? []
  if (headerText(headers, deadLetterHeaders.originGroup) !== groupId) return undefined
  if (redriveId === undefined || topic === undefined || partition === undefined || offset === undefined) {
    return undefined
  }
  return { topic, place: { partition: Number(partition), offset: BigInt(offset) }, redriveId }
}
