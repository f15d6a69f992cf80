import { deadLetterHeaders } from '@ledgerbus/consumer'
import {
  type ConsumerRecord,
  deadLetterTopicOf,
  encodeEnvelope,
  type ProducerRecord,
  redriveLaneOf,
} from '@ledgerbus/core'
import { anEnvelope, aRecord, type InMemoryBroker } from '@ledgerbus/testkit'

export const deadLetterTopic: string = deadLetterTopicOf('orders', 'billing')
export const lane: string = redriveLaneOf('orders', 'billing')

/** What a test says of a dead letter. */
export interface LetterInput {
  readonly name?: string
  readonly error?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Dead letters of the group `billing` in partition 0: keys `o-0`, `o-1`, ..., failed at noon of 31 January 2026 and each minute from then on. */
export async function setAside(broker: InMemoryBroker, letters: readonly LetterInput[]): Promise<void> {
  const admin = broker.createAdmin()
  const producer = broker.createProducer()
  await admin.start()
  await producer.start()
  await admin.createTopics([deadLetterTopic, lane].map((name) => ({ name, partitions: 3 })))
  for (let at = 0; at < letters.length; at += 500) {
    await producer.append(
      deadLetterTopic,
      0,
      letters.slice(at, at + 500).map((letter, index) => toLetter(letter, at + index)),
    )
  }
  await producer.close()
  await admin.close()
}

export function redriven(broker: InMemoryBroker): readonly ConsumerRecord[] {
  return broker.controls.records(lane)
}

function toLetter(
  { name = 'order.created', error = 'no luck', headers = {} }: LetterInput,
  index: number,
): ProducerRecord {
  const failedAt = new Date(Date.UTC(2026, 0, 31, 12) + index * 60_000).toISOString()
  const id = `o-${index}`
  return aRecord({
    key: id,
    value: encodeEnvelope(anEnvelope({ name, entity: { type: 'order', id } })),
    headers: {
      [deadLetterHeaders.schema]: '1',
      [deadLetterHeaders.firstFailedAt]: failedAt,
      [deadLetterHeaders.lastFailedAt]: failedAt,
      [deadLetterHeaders.originTopic]: 'orders',
      [deadLetterHeaders.originPartition]: '0',
      [deadLetterHeaders.originOffset]: String(index),
      [deadLetterHeaders.originTimestamp]: '7',
      [deadLetterHeaders.originGroup]: 'billing',
      [deadLetterHeaders.attempts]: '5',
      [deadLetterHeaders.handler]: 'charge',
      [deadLetterHeaders.failedStep]: 'handle',
      [deadLetterHeaders.failedReason]: 'attempts-exhausted',
      [deadLetterHeaders.errorClass]: 'Error',
      [deadLetterHeaders.errorMessage]: error,
      [deadLetterHeaders.errorFingerprint]: error === 'no luck' ? '00000000000000aa' : '00000000000000bb',
      ...headers,
    },
  })
}
