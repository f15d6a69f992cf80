import type { ConsumerRecord, ProducerRecord, RecordHeader } from '@ledgerbus/core'
import type { KafkaMessage, Message } from 'kafkajs'
import { type HeaderPair, headerPairs } from './patches/header-pairs.ts'
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

/** A Buffer is a Uint8Array whose `slice`, `toString` and JSON differ; the port promises plain bytes. */
function toBytes(buffer: Buffer | null): Uint8Array | null {
  return buffer === null ? null : new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}

/** A record as kafkajs decoded it. */
export function toConsumerRecord(
  message: KafkaMessage,
  place: { readonly cluster: string; readonly topic: string; readonly partition: number },
): ConsumerRecord {
  const pairs = (message as { readonly [headerPairs]?: readonly HeaderPair[] })[headerPairs] ?? []
  return {
    ...place,
    offset: BigInt(message.offset),
    timestampMs: BigInt(message.timestamp),
    key: toBytes(message.key),
    value: toBytes(message.value),
    headers: pairs.map(({ key, value }) => ({ name: key, value: toBytes(value) })),
  }
}
