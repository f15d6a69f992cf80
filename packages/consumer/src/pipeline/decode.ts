import {
  type ConsumerRecord,
  decodeEnvelope,
  type Envelope,
  isMarked,
  isReplayForOtherGroups,
  readReplayMarks,
  type ReplayMarks,
} from '@ledgerbus/core'

/** What a record is to this group. */
export type Decoded =
  | { readonly kind: 'event'; readonly envelope: Envelope; readonly replay: ReplayMarks | undefined }
  | { readonly kind: 'skipped'; readonly rule: 'replay-for-other-groups'; readonly replayId: string }
  | { readonly kind: 'skipped'; readonly rule: 'tombstone' }
  | { readonly kind: 'undecodable'; readonly error: unknown }

/** Reads a record. A replay for other groups is none of our business, whatever its value is: it is told from the headers, before decoding. */
export function decodeRecord(record: ConsumerRecord, groupId: string): Decoded {
  const replay = isMarked(record) ? readReplayMarks(record.headers) : undefined
  if (replay !== undefined && isReplayForOtherGroups(replay, groupId)) {
    return { kind: 'skipped', rule: 'replay-for-other-groups', replayId: replay.replayId }
  }
  if (record.value === null) return { kind: 'skipped', rule: 'tombstone' }
  try {
    return { kind: 'event', envelope: decodeEnvelope(record.value), replay }
  } catch (error) {
    return { kind: 'undecodable', error }
  }
}
