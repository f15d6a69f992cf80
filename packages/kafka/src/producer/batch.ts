import type { ProducerRecord } from '@ledgerbus/core'
import type { Message, RecordMetadata, Sender } from 'kafkajs'
import { onEncoded } from '../patches/record-encoder.ts'
import { toMessages } from '../record-mapping.ts'

/** A batch on its way, made once: a repetition must be the same to the byte. */
export interface Batch {
  readonly topic: string
  readonly partition: number
  readonly messages: Message[]
}

export function toBatch(topic: string, partition: number, records: readonly ProducerRecord[]): Batch {
  return { topic, partition, messages: toMessages(records, partition) }
}

/** How one try to send a batch ended. */
export type TryAnswer =
  /** The broker answered; the acks may name anything. */
  | { readonly kind: 'answered'; readonly acks: readonly RecordMetadata[] }
  /** kafkajs does not know the partition and sent nothing. */
  | { readonly kind: 'not-sent' }
  | {
      readonly kind: 'error'
      readonly error: unknown
      /** Whether the request was made ready to be written. */
      readonly mayBeSent: boolean
    }

/** One try through a kafkajs producer or transaction. Never rejects. */
export async function sendOnce(sender: Sender, batch: Batch, timeoutMs: number): Promise<TryAnswer> {
  let mayBeSent = false
  const [first, ...rest] = batch.messages
  const watched = {
    ...first,
    [onEncoded]() {
      mayBeSent = true
    },
  } as Message
  try {
    const acks = await sender.send({ topic: batch.topic, messages: [watched, ...rest], acks: -1, timeout: timeoutMs })
    // It resolves with nothing when it found nobody to send to.
    return acks.length === 0 ? { kind: 'not-sent' } : { kind: 'answered', acks }
  } catch (error) {
    return { kind: 'error', error, mayBeSent }
  }
}
