import { createAuditLog } from '@ledgerbus/audit-log'
import { recordDigest } from '../witness/record-digest.ts'
import type { ReadEntry, TableRow } from './checker/log-history.ts'
import { createHash } from 'node:crypto'

export interface LogPlace {
  readonly url: string
  readonly tablePrefix: string
  readonly topic: string
}

/** Everything that the log says it holds of a topic, through its public reader: every status, replays included. */
export async function* readLog({ url, tablePrefix, topic }: LogPlace): AsyncGenerator<ReadEntry> {
  const auditLog = createAuditLog({ url, tablePrefix })
  try {
    for await (const { record } of auditLog.read({ topics: [topic], replays: 'include' }, { order: 'partition' })) {
      const { key, value, headers, timestampMs, partition, offset } = record
      const digested = { key, value, headers, timestampMs }
      yield {
        partition,
        offset: Number(offset),
        timestampMs: String(timestampMs),
        hash: createHash('sha256')
          .update(value ?? '')
          .digest('hex'),
        digest: recordDigest(digested),
        digestInOrder: recordDigest(digested, { headers: 'in-order' }),
      }
    }
  } finally {
    await auditLog.close()
  }
}

/**
 * The rows of the tables, by SQL and nothing of ours.
 *
 * @param kind `final`: as FINAL shows them. `physical`: all there are, copies too
 */
export async function* readRows(
  { url, tablePrefix, topic }: LogPlace,
  kind: 'final' | 'physical',
): AsyncGenerator<TableRow> {
  const query = `SELECT kafka_partition, kafka_offset, toString(toUnixTimestamp64Milli(kafka_timestamp)), lower(hex(SHA256(raw))), record_status
    FROM ${tablePrefix}_entries ${kind === 'final' ? 'FINAL' : ''} WHERE kafka_topic = '${topic}' FORMAT JSONCompactEachRow`
  const answer = await fetch(`${url}/?output_format_json_quote_64bit_integers=0`, { method: 'POST', body: query })
  if (!answer.ok) throw new Error(`the rows could not be read: ${await answer.text()}`)
  for (const line of (await answer.text()).split('\n')) {
    if (line === '') continue
    const [partition, offset, timestampMs, hash, status] = JSON.parse(line) as [number, number, string, string, string]
    yield { partition, offset, timestampMs, hash, isTombstone: status === 'tombstone' }
  }
}
