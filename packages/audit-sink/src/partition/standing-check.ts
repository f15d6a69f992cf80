import type { AuditLogWriter, AuditPartition, RecordBatch, StandingRecords } from '@ledgerbus/core'
import { type AskNeeds, untilAnswered } from './until-answered.ts'

/** Knows which records of a partition stand in the log already, where nothing recorded tells. */
export interface StandingCheck {
  /** Whether records from this offset on may stand. */
  concerns(offset: bigint): boolean
  /** Which records of a batch stand; `undefined` after an abort. */
  of(batch: Pick<RecordBatch, 'records' | 'nextOffset'>): Promise<StandingRecords | undefined>
}

/** What the check works with. */
export interface StandingCheckNeeds extends AskNeeds {
  readonly auditLog: Pick<AuditLogWriter, 'standing' | 'lastStanding'>
}

/** Nothing stands that is not known of. */
export const nothingStands: StandingCheck = {
  concerns: () => false,
  of: () => Promise.resolve(undefined),
}

/**
 * Asks how far the log reaches in a partition, once, and from then on batch by batch which of its records stand. What arrives later, of an owner before that still
 * had a request under way, becomes a copy, which no reader sees.
 *
 * @returns `undefined` after an abort
 */
export async function createStandingCheck(
  needs: StandingCheckNeeds,
  partition: AuditPartition,
): Promise<StandingCheck | undefined> {
  const { auditLog, signal } = needs
  const last = await untilAnswered(needs, 'the last record of a partition', async () => ({
    offset: await auditLog.lastStanding(partition, { signal }),
  }))
  if (last === undefined) return undefined
  const { offset: lastOffset = -1n } = last
  return {
    concerns: (offset) => offset <= lastOffset,
    of({ records, nextOffset }) {
      const [firstRecord] = records
      if (firstRecord === undefined) return Promise.resolve(undefined)
      let times = { fromMs: firstRecord.timestampMs, toMs: firstRecord.timestampMs }
      for (const { timestampMs } of records) {
        if (timestampMs < times.fromMs) times = { ...times, fromMs: timestampMs }
        else if (timestampMs > times.toMs) times = { ...times, toMs: timestampMs }
      }
      const question = { ...partition, first: firstRecord.offset, next: nextOffset, times }
      return untilAnswered(needs, 'standing records', () => auditLog.standing(question, { signal }))
    },
  }
}
