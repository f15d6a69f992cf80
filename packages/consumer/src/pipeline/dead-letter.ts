import type { ConsumerRecord } from '@ledgerbus/core'
import type { DeadLetterWriter } from '../dead-letter/dead-letter-writer.ts'
import { factsOf, type Redact } from '../dead-letter/error-facts.ts'
import type { Turn } from '../lanes/turn.ts'
import type { Failure } from './record-end.ts'

/** Sets a record aside and tells whether it stands there. No slot is held meanwhile: a dead-letter topic that is away must not stop the healthy handlers. */
export async function setAside(
  record: ConsumerRecord,
  failure: Failure,
  turn: Turn,
  tools: { readonly deadLetters: DeadLetterWriter; readonly redact: Redact },
): Promise<boolean> {
  turn.rest()
  return tools.deadLetters.write(record, failure, factsOf(failure.error, tools.redact), turn.ownership)
}
