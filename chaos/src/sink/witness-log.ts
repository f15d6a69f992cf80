import { join } from 'node:path'
import type { PartitionEnd } from '../checker/stored-record.ts'
import { readLines } from '../ledger/read-lines.ts'
import { readTopics } from '../witness/read-topics.ts'
import type { WitnessedRecord } from '../witness/witnessed-record.ts'
import type { Standing } from './checker/log-history.ts'
import { type LogPlace, readLog, readRows } from './read-log.ts'

export interface WitnessLogOptions extends LogPlace {
  readonly brokers: readonly string[]
  /** For what was seen. */
  readonly folder: string
  readonly ends: readonly PartitionEnd[]
  readonly signal: AbortSignal
}

/** What stands in a topic and in the log of it: read by kafkajs alone, by the log's own reader, and by SQL. */
export async function witnessLog(options: WitnessLogOptions): Promise<Standing> {
  const { brokers, topic, folder, ends, signal } = options
  const file = join(folder, `${topic}.jsonl`)
  await readTopics({ brokers, topics: [topic], file, signal })
  return {
    ends,
    stored: await Array.fromAsync(readLines<WitnessedRecord>(file)),
    entries: await Array.fromAsync(readLog(options)),
    finalRows: await Array.fromAsync(readRows(options, 'final')),
    physicalRows: await Array.fromAsync(readRows(options, 'physical')),
  }
}
