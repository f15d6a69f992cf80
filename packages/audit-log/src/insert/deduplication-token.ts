import type { AuditPartition } from '@ledgerbus/core'

/** What a token names. */
export interface TokenFacts {
  readonly first: bigint
  readonly next: bigint
  /** Of exactly the records in this insert. */
  readonly records: number
  /** CRC-32 over their offsets and Kafka timestamps. */
  readonly digest: number
  /** See `InsertOptions.again`. */
  readonly again?: string
}

/**
 * What makes an insert the same insert: `<cluster>:<topic>:<partition>:<first>-<next>:<count>:<crc32>`. The server drops a block whose token
 * it has seen and answers as if it had stored it, so a token that is too equal loses rows, and one that is too different only makes a copy,
 * which the sort key hides.
 *
 * Hence the digest over offset and Kafka timestamp of every record: a topic that was deleted and made again starts at offset 0, and the
 * range alone would be the old topic's. Hence also it names those records only that go into one table: what goes where may be judged anew at the next
 * try. Never over encoded bytes, as encoders change.
 */
export function deduplicationToken({ cluster, topic, partition }: AuditPartition, facts: TokenFacts): string {
  const { first, next, records, digest, again } = facts
  const token = `${cluster}:${topic}:${partition}:${first}-${next}:${records}:${hexOf(digest)}`
  return again === undefined ? token : `${token}:${again}`
}

function hexOf(digest: number): string {
  return digest.toString(16).padStart(8, '0')
}
