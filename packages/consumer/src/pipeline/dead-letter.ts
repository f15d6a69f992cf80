import type { ConsumerRecord } from '@ledgerbus/core'
import type { DeadLetterWriter } from '../dead-letter/dead-letter-writer.ts'
import { factsOf, type Redact } from '../dead-letter/error-facts.ts'
import type { Turn } from '../lanes/turn.ts'
import type { Failure, RecordEnd } from './record-end.ts'

/** Sets a record aside; it is left when it is not known to stand there. No slot is held meanwhile: a dead-letter topic that is away must not stop the healthy handlers. */
export async function setAside(
  { record, source }: { readonly record: ConsumerRecord; readonly source: string },
  failure: Failure,
  turn: Turn,
  tools: { readonly deadLetters: DeadLetterWriter; readonly redact: Redact },
): Promise<RecordEnd> {
  turn.rest()
  const error = factsOf(failure.error, tools.redact)
  const stands = await tools.deadLetters.write(record, source, failure, error, turn)
  return stands ? { kind: 'dead-lettered' } : { kind: 'left' }
}
