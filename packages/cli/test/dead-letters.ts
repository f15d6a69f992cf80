import { deadLetterHeaders } from '@ledgerbus/consumer'
import { type Broker, deadLetterTopicOf, encodeEnvelope, type ProducerRecord, redriveLaneOf } from '@ledgerbus/core'
import { anEnvelope, aRecord } from '@ledgerbus/testkit'

/** What a test says of a dead letter. */
export interface LetterInput {
  readonly name?: string
  readonly error?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The dead letters of a group in one topic. */
export interface DeadLettersOf {
  readonly deadLetterTopic: string
  /** Where the group gets them back. */
  readonly lane: string
  /** In partition 0: keys `o-0`, `o-1`, ..., failed at noon of 31 January 2026 and each minute from then on. */
  setAside(broker: Broker, letters: readonly LetterInput[]): Promise<void>
}

export function deadLettersOf(source: string, groupId: string): DeadLettersOf {
  const deadLetterTopic = deadLetterTopicOf(source, groupId)
  const lane = redriveLaneOf(source, groupId)
  return {
    deadLetterTopic,
    lane,
    async setAside(broker, letters) {
      const admin = broker.createAdmin()
      const producer = broker.createProducer()
      await admin.start()
      await producer.start()
      await admin.createTopics([deadLetterTopic, lane].map((name) => ({ name, partitions: 3 })))
      const records = letters.map((letter, index) => toLetter(letter, index, { source, groupId }))
      for (let at = 0; at < records.length; at += 500) {
        const outcome = await producer.append(deadLetterTopic, 0, records.slice(at, at + 500))
        if (outcome.kind !== 'ok') throw outcome.error
      }
      await producer.close()
      await admin.close()
    },
  }
}

interface Place {
  readonly source: string
  readonly groupId: string
}

function toLetter(
  { name = 'order.created', error = 'no luck', headers = {} }: LetterInput,
  index: number,
  { source, groupId }: Place,
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
      [deadLetterHeaders.originTopic]: source,
      [deadLetterHeaders.originPartition]: '0',
      [deadLetterHeaders.originOffset]: String(index),
      [deadLetterHeaders.originTimestamp]: '7',
      [deadLetterHeaders.originGroup]: groupId,
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
