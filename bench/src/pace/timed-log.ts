import { type AuditLog, type Broker, encodeEnvelope, type NextOffset, type ProducerRecord } from '@ledgerbus/core'
import { anEnvelope } from '@ledgerbus/testkit'
import { freshTopic } from '../fresh-topic.ts'

const batch = 500

/** Publishes an order at each of the times, in one partition, and stores them in the log, as a sink would. @returns the topic */
export async function fillTimedLog(broker: Broker, auditLog: AuditLog, timesMs: readonly number[]): Promise<string> {
  const topic = await freshTopic(broker, 'paced', 1)
  const admin = broker.createAdmin()
  const producer = broker.createProducer()
  await Promise.all([admin.start(), producer.start()])
  try {
    const cluster = await admin.clusterId()
    const block = auditLog.createBlock({ cluster, topic, partition: 0 })
    for (let from = 0; from < timesMs.length; from += batch) {
      const records = timesMs.slice(from, from + batch).map((timeMs, index) => orderAt(timeMs, from + index))
      const appended = await producer.append(topic, 0, records)
      if (appended.kind !== 'ok') throw appended.error
      for (const [index, record] of records.entries()) {
        block.add({ ...record, cluster, topic, partition: 0, offset: appended.baseOffset + BigInt(index) })
      }
    }
    const inserted = await auditLog.insert({ first: 0n, next: BigInt(timesMs.length) as NextOffset, block })
    if (inserted.kind !== 'ok') throw inserted.error
    return topic
  } finally {
    await Promise.all([admin.close(), producer.close()])
  }
}

function orderAt(timeMs: number, index: number): ProducerRecord {
  const id = `o-${index % 5_000}`
  const envelope = anEnvelope({
    name: 'order.placed',
    eventId: `00000000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`,
    entity: { type: 'order', id },
    timestamp: new Date(timeMs).toISOString(),
  })
  return {
    key: new TextEncoder().encode(id),
    value: encodeEnvelope(envelope),
    headers: [],
    timestampMs: BigInt(timeMs),
  }
}
