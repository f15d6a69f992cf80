import type { TopicPartition } from '@ledgerbus/core'
import { ReplayError } from '../replay-error.ts'

/** Where a partition is read on. */
export interface PartitionPlace extends TopicPartition {
  readonly next: bigint
}

/** A place in several partitions at once. Opaque to its holder, and no secret: offsets in base64url. */
export function encodeTimeCursor(places: readonly PartitionPlace[]): string {
  const fields = places.map(({ topic, partition, next }) => [topic, partition, String(next)])
  return Buffer.from(JSON.stringify(fields), 'utf8').toString('base64url')
}

/** @throws ReplayError `REPLAY_READ_FAILED` for anything else */
export function decodeTimeCursor(cursor: string): readonly PartitionPlace[] {
  try {
    const fields: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (!Array.isArray(fields)) throw new TypeError('no list')
    return fields.map(placeOf)
  } catch (error) {
    throw new ReplayError('the cursor is none of this source; a run goes on only where its plan was read from', {
      code: 'REPLAY_READ_FAILED',
      cause: error,
    })
  }
}

function placeOf(field: unknown): PartitionPlace {
  const [topic, partition, next] = Array.isArray(field) ? (field as readonly unknown[]) : []
  if (
    typeof topic !== 'string' ||
    typeof partition !== 'number' ||
    typeof next !== 'string' ||
    !/^\d{1,19}$/.test(next)
  )
    throw new TypeError('no place')
  return { topic, partition, next: BigInt(next) }
}
