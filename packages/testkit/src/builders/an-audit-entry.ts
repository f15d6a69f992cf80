import { type AuditEntry, readReplayMarks } from '@ledgerbus/core'
import { builderTimeMs } from './a-record.ts'
import { anAuditRecord, type AuditRecordInput } from './an-audit-record.ts'

/** What {@link anAuditEntry} may be told. */
export interface AuditEntryInput extends AuditRecordInput {
  /** @default what the headers say */
  readonly replayId?: string
  /** Milliseconds since 1970. @default a second after the builders' records */
  readonly ingestedAtMs?: number
}

/** A record as read from the log. */
export function anAuditEntry(input: AuditEntryInput = {}): AuditEntry {
  const { ingestedAtMs = Number(builderTimeMs) + 1_000, ...ofRecord } = input
  const { record, reading } = anAuditRecord(ofRecord)
  const replayId = input.replayId ?? readReplayMarks(record.headers)?.replayId
  return { record, reading, ...(replayId !== undefined && { replayId }), ingestedAtMs }
}
