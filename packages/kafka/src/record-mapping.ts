import type { ConsumerRecord, ProducerRecord, RecordHeader } from '@ledgerbus/core'
import type { IHeaders, KafkaMessage, Message } from 'kafkajs'
import { type HeaderPair, headerPairs } from './patches/header-pairs.ts'

/** kafkajs writes a plain Uint8Array as the text of its numbers; only a Buffer is bytes to it. */
function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function toPair({ name, value }: RecordHeader): HeaderPair {
  return { key: name, value: value === null ? null : toBuffer(value) }
}

/** The records of one partition as kafkajs takes them. The partition stands on each: without it kafkajs chooses anew at every try. */
export function toMessages(records: readonly ProducerRecord[], partition: number): Message[] {
  return records.map(({ key, value, headers, timestampMs }) => ({
    partition,
    key: key === null ? null : toBuffer(key),
    value: value === null ? null : toBuffer(value),
    timestamp: timestampMs.toString(),
    // Pairs, because the encoder is ours (record-encoder.ts).
    headers: headers.map(toPair) as unknown as IHeaders,
  }))
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
