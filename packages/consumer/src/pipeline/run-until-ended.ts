import { backoffMs, type ConsumerRecord, resolveRetryPolicy } from '@ledgerbus/core'
import { factsOf } from '../dead-letter/error-facts.ts'
import type { Turn } from '../lanes/turn.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { PipelineTools } from './pipeline-tools.ts'
import type { HandedOver, MustWait, RecordEnd } from './record-end.ts'
import { recordFacts } from './record-facts.ts'
import { runRecord } from './run-record.ts'

const policy = resolveRetryPolicy({ initialDelayMs: 1_000, maxDelayMs: 30_000 })

/**
 * Runs a record to its end, also when the pipeline itself fails: a logger or a context that throws, a mistake of ours. Such a record is neither handled nor at
 * fault, so its lane waits, loudly, and it is run again.
 */
export function runUntilEnded(
  record: ConsumerRecord,
  turn: Turn,
  tools: PipelineTools,
  behind?: object,
): MaybePromise<RecordEnd> | HandedOver | MustWait {
  try {
    const end = runRecord(record, turn, tools, behind)
    if (end instanceof Promise) return end.catch((error: unknown) => runAgain(record, turn, tools, error))
    if (end.kind !== 'handed-over') return end
    return { ...end, end: end.end.catch((error: unknown) => runAgain(record, end.turn, tools, error)) }
  } catch (error) {
    // Run again by itself and not beside others: what it shares with them may be what fails.
    return behind === undefined ? runAgain(record, turn, tools, error) : { kind: 'must-wait' }
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
    tellWithoutThrowing(record, error, round, tools)
    if (!(await turn.wait(backoffMs(policy, Math.min(round, 16), tools.random)))) return { kind: 'left' }
    try {
      const end = await runRecord(record, turn, tools)
      if (end.kind === 'must-wait') continue
      return end.kind === 'handed-over' ? await end.end : end
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
