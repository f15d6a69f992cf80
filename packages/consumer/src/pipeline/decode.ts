import {
  type ConsumerRecord,
  decodeEnvelope,
  type Envelope,
  isReplayForOtherGroups,
  readReplayMarks,
  type ReplayMarks,
} from '@ledgerbus/core'

/** What a record is to this group. */
export type Decoded =
  | { readonly kind: 'event'; readonly envelope: Envelope; readonly replay: ReplayMarks | undefined }
  | { readonly kind: 'skipped'; readonly rule: 'replay-for-other-groups' | 'tombstone' }
  | { readonly kind: 'undecodable'; readonly error: unknown }

/** Reads a record. A replay for other groups is none of our business, whatever its value is: it is told from the headers, before decoding. */
export function decodeRecord(record: ConsumerRecord, groupId: string): Decoded {
  const replay = readReplayMarks(record.headers)
  if (isReplayForOtherGroups(replay, groupId)) return { kind: 'skipped', rule: 'replay-for-other-groups' }
  if (record.value === null) return { kind: 'skipped', rule: 'tombstone' }
  try {
    return { kind: 'event', envelope: decodeEnvelope(record.value), replay }
  } catch (error) {
    return { kind: 'undecodable', error }
  }
}
