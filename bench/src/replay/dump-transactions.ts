import { writeFileSync } from 'node:fs'
import { serialize } from 'node:v8'
import { type Broker, producedBytes, replayHeaders } from '@ledgerbus/core'
import type { RawTransaction } from '../contestants/replay-task.ts'

/** As much as a page of a replay has. */
const page = { maxRecords: 2_000, maxBytes: 3_000_000 } as const

/** Writes the records of a topic as a replay would publish them, marks included, to a file that the peer loads. */
export async function dumpTransactions(broker: Broker, topic: string, file: string): Promise<void> {
  const admin = broker.createAdmin()
  const reader = broker.createReader()
  await admin.start()
  await reader.start()
  const transactions: RawTransaction[] = []
  let sequence = 0
  for (const { partition, low, end } of await admin.topicOffsets(topic)) {
    let messages: RawTransaction['messages'][number][] = []
    let bytes = 0
    for await (const { records } of reader.read({ topic, partition }, { from: low, to: end })) {
      for (const record of records) {
        const { key, value, headers, offset, timestampMs } = record
        const size = producedBytes(record)
        if (messages.length === page.maxRecords || (messages.length > 0 && bytes + size > page.maxBytes)) {
          transactions.push({ partition, messages })
          messages = []
          bytes = 0
        }
        bytes += size
        const marks = replayHeaders({
          replayId: '019ad000-0000-7000-8000-000000000000',
          sequence: sequence++,
          mode: 'copy',
          of: { topic, partition, offset },
          originalTimestampMs: timestampMs,
          groups: ['bench'],
          reason: 'bench',
        })
        const all = [...headers, ...marks].map(({ name, value: held }) => [name, held ?? new Uint8Array()] as const)
        messages.push({
          key: key ?? new Uint8Array(),
          value: value ?? new Uint8Array(),
          headers: Object.fromEntries(all),
        })
      }
    }
    if (messages.length > 0) transactions.push({ partition, messages })
  }
  await reader.close()
  await admin.close()
  writeFileSync(file, serialize(transactions))
}
