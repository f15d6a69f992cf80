import { backoffMs, type ConsumerRecord, resolveRetryPolicy } from '@ledgerbus/core'
import { factsOf } from '../dead-letter/error-facts.ts'
import type { Turn } from '../lanes/turn.ts'
import { waitUnless } from '../lanes/wait-unless.ts'
import type { RecordEnd } from './record-end.ts'
import { recordFacts } from './record-facts.ts'
import { type PipelineTools, runRecord } from './run-record.ts'

const policy = resolveRetryPolicy({ initialDelayMs: 1_000, maxDelayMs: 30_000 })

/**
 * Runs a record to its end, also when the pipeline itself fails: a logger or a context that throws, a mistake of ours. Such a record is neither handled nor at
 * fault, so its lane waits, loudly, and it is run again.
 */
export async function runUntilEnded(record: ConsumerRecord, turn: Turn, tools: PipelineTools): Promise<RecordEnd> {
  for (let round = 1; ; round += 1) {
    try {
      return await runRecord(record, turn, tools)
    } catch (error) {
      turn.rest()
      tellWithoutThrowing(record, error, round, tools)
      const delayMs = backoffMs(policy, Math.min(round, 16), tools.random)
      if (!(await waitUnless(tools.clock, delayMs, turn.ownership.hurry))) return { kind: 'left' }
      if (!(await turn.begin())) return { kind: 'left' }
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
