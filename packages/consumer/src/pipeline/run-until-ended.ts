import { backoffMs, type ConsumerRecord, resolveRetryPolicy } from '@ledgerbus/core'
import { factsOf } from '../dead-letter/error-facts.ts'
import type { Turn } from '../lanes/turn.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { RecordEnd } from './record-end.ts'
import { recordFacts } from './record-facts.ts'
import { type PipelineTools, runRecord } from './run-record.ts'

const policy = resolveRetryPolicy({ initialDelayMs: 1_000, maxDelayMs: 30_000 })

/**
 * Runs a record to its end, also when the pipeline itself fails: a logger or a context that throws, a mistake of ours. Such a record is neither handled nor at
 * fault, so its lane waits, loudly, and it is run again.
 */
export function runUntilEnded(record: ConsumerRecord, turn: Turn, tools: PipelineTools): MaybePromise<RecordEnd> {
  try {
    const end = runRecord(record, turn, tools)
    return end instanceof Promise ? end.catch((error: unknown) => runAgain(record, turn, tools, error)) : end
  } catch (error) {
    return runAgain(record, turn, tools, error)
  }
}

async function runAgain(
  record: ConsumerRecord,
  turn: Turn,
  tools: PipelineTools,
  firstError: unknown,
): Promise<RecordEnd> {
  let error = firstError
  for (let round = 1; ; round += 1) {
    turn.rest()
    tellWithoutThrowing(record, error, round, tools)
    if (!(await turn.wait(backoffMs(policy, Math.min(round, 16), tools.random)))) return { kind: 'left' }
    try {
      return await runRecord(record, turn, tools)
    } catch (again) {
      error = again
    }
  }
}

function tellWithoutThrowing(record: ConsumerRecord, error: unknown, round: number, tools: PipelineTools): void {
  const { errorClass, code, message } = factsOf(error, tools.redact)
  try {
    tools.logger.error(
      { ...recordFacts(record, tools.groupId), round, errorClass, code, error: message },
      'the consumer itself failed, the record is run again; until then its key waits',
    )
  } catch {
    // The logger is what failed. There is nobody left to tell; the record stays uncommitted, which lag shows.
  }
}
