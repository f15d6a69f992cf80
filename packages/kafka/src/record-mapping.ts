import type { ProducerRecord, RecordHeader } from '@ledgerbus/core'
import type { Message } from 'kafkajs'
import type { EncodedHeader, RecordToEncode } from './patches/record-encoder.ts'

function toPair({ name, value }: RecordHeader): EncodedHeader {
  return { key: name, value }
}

/** The records of one partition as kafkajs takes them. The partition stands on each: without it kafkajs chooses anew at every try. */
export function toMessages(records: readonly ProducerRecord[], partition: number): Message[] {
  return records.map(
    ({ key, value, headers, timestampMs }): RecordToEncode & Pick<Message, 'partition' | 'timestamp'> => ({
      partition,
      key,
      value,
      timestamp: timestampMs.toString(),
      headers: headers.map(toPair),
      // Our encoder (record-encoder.ts) takes bytes and pairs, of which kafkajs's types do not know.
    }),
  ) as Message[]
}
