import { type ConsumerRecord, encodeEnvelope, type Ids, type NextOffset } from '@ledgerbus/core'
import {
  anEnvelope,
  aRecord,
  createInMemoryAuditLog,
  createInMemoryBroker,
  createSequentialIds,
  type InMemoryAuditLog,
  type InMemoryBroker,
} from '@ledgerbus/testkit'

/** Orders on a broker, the same in an audit log, and a group that reads them. */
export interface FilledWorld {
  readonly broker: InMemoryBroker
  readonly auditLog: InMemoryAuditLog
  /** Those of all commands in this world. */
  readonly ids: Ids
  /** Lets a group appear on a topic, as one that has read nothing of its partition 0. */
  commit(groupId: string, topic: string): Promise<void>
  /** The records of a topic that a replay published. */
  replayed(topic?: string): readonly ConsumerRecord[]
}

/** So many `order.created` of 31 January 2026, one every half minute from noon on; every tenth is an `order.cancelled`. */
export async function aFilledWorld(orders = 20): Promise<FilledWorld> {
  const broker = createInMemoryBroker()
  const auditLog = createInMemoryAuditLog()
  const admin = broker.createAdmin()
  const producer = broker.createProducer()
  await admin.start()
  await producer.start()
  await admin.createTopics([
    { name: 'orders', partitions: 3 },
    { name: 'orders-copy', partitions: 3 },
    { name: 'users', partitions: 1 },
  ])
  const records = Array.from({ length: orders }, (_, index) => anOrder(index))
  for (let at = 0; at < records.length; at += 500) await producer.append('orders', 1, records.slice(at, at + 500))
  await admin.setGroupOffsets('billing', [{ topic: 'orders', partition: 1, offset: BigInt(orders) as NextOffset }])
  await admin.setGroupOffsets('shipping', [{ topic: 'orders', partition: 1, offset: 0n as NextOffset }])
  await producer.close()
  await admin.close()

  const stored = broker.controls.records('orders')
  const block = auditLog.createBlock({ cluster: 'in-memory', topic: 'orders', partition: 1 })
  for (const record of stored) block.add(record)
  await auditLog.insert({ first: 0n, next: BigInt(orders) as NextOffset, block })
  return {
    broker,
    auditLog,
    ids: createSequentialIds(),
    async commit(groupId, topic) {
      const asking = broker.createAdmin()
      await asking.start()
      await asking.setGroupOffsets(groupId, [{ topic, partition: 0, offset: 0n as NextOffset }])
      await asking.close()
    },
    replayed: (topic = 'orders') =>
      broker.controls.records(topic).filter(({ headers }) => headers.some(({ name }) => name === 'lb-replay-id')),
  }
}

function anOrder(index: number): ReturnType<typeof aRecord> {
  const name = index % 10 === 9 ? 'order.cancelled' : 'order.created'
  const at = Date.UTC(2026, 0, 31, 12) + index * 30_000
  const id = `o-${index}`
  const envelope = anEnvelope({
    name,
    eventId: `00000000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`,
    timestamp: new Date(at).toISOString(),
    entity: { type: 'order', id },
  })
  return aRecord({ key: id, value: encodeEnvelope(envelope), timestampMs: BigInt(at) })
}
