import {
  type AddressedRecord,
  type AuditEntry,
  type EventRegistry,
  isLedgerbusError,
  partitionOf,
  replayHeaders,
  withoutReplayHeaders,
} from '@ledgerbus/core'
import type { EntryProblem } from '../content/entry-problem.ts'
import { newestValue } from '../content/newest-value.ts'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import type { ReplayEntryError } from '../status/replay-status.ts'
import { readTransformed } from './read-transformed.ts'
import type { ReplayTransform, TransformedRecord } from './replay-transform.ts'

/** What becomes of an entry. */
export type PageItem =
  | { readonly kind: 'record'; readonly entry: AuditEntry; readonly addressed: AddressedRecord }
  | { readonly kind: 'failed'; readonly entry: AuditEntry; readonly error: ReplayEntryError }
  | { readonly kind: 'left-out'; readonly entry: AuditEntry }

/** What items are made from. */
export interface PageItemNeeds {
  readonly plan: ReplayPlan
  /** How many the topics had when the plan was made: a topic that grows meanwhile must not bring a key to two partitions. */
  readonly partitions: ReadonlyMap<string, number>
  readonly events: EventRegistry | undefined
  readonly transform: ReplayTransform | undefined
}

/**
 * Key, value and headers as the plan wants them, with the marks of this replay in place of those of an earlier one. The time is still that of the original: it becomes that of the copy when it
 * goes out.
 *
 * @param sequence place in the replay, from 0
 */
export function toPageItem(
  entry: AuditEntry,
  needs: PageItemNeeds,
  { sequence }: { readonly sequence: number },
): PageItem {
  const { record } = entry
  const { plan, partitions } = needs
  const topic = plan.target ?? record.topic
  const count = partitions.get(topic)
  // The selection is bounded by the partitions the plan counted, so every topic of an entry is among the plan's.
  if (count === undefined) throw new TypeError(`topic ${topic} is not part of the plan`)
  let made: TransformedRecord | EntryProblem | null
  try {
    made = contentOf(entry, needs)
  } catch (error) {
    return { kind: 'failed', entry, error: entryError(entry, error) }
  }
  if (made === null) return { kind: 'left-out', entry }
  if ('kind' in made) {
    return { kind: 'failed', entry, error: { ...identityOf(entry), code: made.code, message: made.problem } }
  }
  const { key = record.key, value = record.value, headers = record.headers } = made
  const marks = replayHeaders({
    replayId: plan.replayId,
    sequence,
    mode: plan.mode,
    of: { topic: record.topic, partition: record.partition, offset: record.offset },
    originalTimestampMs: record.timestampMs,
    groups: plan.groups,
    reason: plan.reason,
  })
  return {
    kind: 'record',
    entry,
    addressed: {
      topic,
      partition: targetPartition(record, key, count),
      record: {
        key,
        value,
        headers: [...withoutReplayHeaders(headers), ...marks],
        timestampMs: record.timestampMs,
      },
    },
  }
}

/** What tells an entry that failed. */
export function entryError(entry: AuditEntry, error: unknown): ReplayEntryError {
  return {
    ...identityOf(entry),
    code: isLedgerbusError(error) ? error.code : 'REPLAY_ENTRY_REFUSED',
    message: textOf(error),
  }
}

function identityOf({ record, reading }: AuditEntry): Omit<ReplayEntryError, 'code' | 'message'> {
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestampMs: Number(record.timestampMs),
    ...(reading.status === 'ok' && { eventId: reading.envelope.eventId }),
  }
}

/** Anything can be thrown, also what cannot be made a text. */
function textOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message
  return typeof thrown === 'object' && thrown !== null ? 'an object was thrown that is no error' : String(thrown)
}

/**
 * The same partition number as before wherever the topic has it and the key is the same: keys keep their order, since each key stood in one partition. A key that a transform gave belongs where its
 * other records are, and in a topic with fewer partitions no number can be kept: then the key decides, by Kafka's own rule.
 */
function targetPartition(before: AuditEntry['record'], key: Uint8Array | null, partitions: number): number {
  const { partition } = before
  // Without a key there is no order to keep.
  if (key === null) return partition % partitions
  return partition < partitions && isSame(before.key, key) ? partition : partitionOf(key, partitions)
}

function isSame(before: Uint8Array | null, key: Uint8Array): boolean {
  return before === key || (before !== null && Buffer.compare(before, key) === 0)
}

function contentOf(
  entry: AuditEntry,
  { plan, events, transform }: PageItemNeeds,
): TransformedRecord | EntryProblem | null {
  if (transform !== undefined) return readTransformed(transform(entry), plan.transform ?? '')
  if (plan.content === 'stored') return {}
  // `checkRunnable` lets no such plan through.
  if (events === undefined) throw new TypeError('the newest version of events needs their definitions')
  const newest = newestValue(entry, events)
  return newest.kind === 'problem' ? newest : { value: newest.value }
}
