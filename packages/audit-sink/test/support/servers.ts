import { randomUUID } from 'node:crypto'
import { type ClickHouseAuditLog, createAuditLog } from '@ledgerbus/audit-log'
import type { Broker, BrokerAdmin, ConsumerRecord, ProducerRecord } from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { checkLocalStack, type LocalClickHouse, startClickHouse } from '@ledgerbus/local-stack'
import { createRecordingLogger, type RecordingLogger } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import type { TestContext } from 'vitest'
import { type AuditSink, type AuditSinkOptions, createAuditSink } from '../../src/index.ts'

/** A topic, a group and tables that nobody else uses, on the real servers. */
export interface SinkSetUp {
  readonly topic: string
  readonly groupId: string
  readonly log: ClickHouseAuditLog
  readonly broker: Broker
  readonly admin: BrokerAdmin
  readonly logger: RecordingLogger
  newSink(options?: Partial<AuditSinkOptions>): AuditSink
  /** Appends, and gives back what a reader of the topic must see. */
  publish(records: readonly ProducerRecord[], partition?: number): Promise<readonly ConsumerRecord[]>
  /** Everything in the log, by partition and offset. */
  entries(): Promise<readonly ConsumerRecord[]>
  /** Rows of the table, copies included. */
  rows(): Promise<number>
  committed(partition?: number): Promise<bigint | undefined>
  close(): Promise<void>
}

export async function setUpSink(
  options: { readonly partitions?: number; readonly clickhouseUrl?: string } = {},
): Promise<SinkSetUp> {
  const { partitions = 1, clickhouseUrl = stackAddresses().clickhouseUrl } = options
  const unique = randomUUID().replaceAll('-', '').slice(0, 12)
  const [topic, groupId, tablePrefix] = [`orders-${unique}`, `sink-${unique}`, `t_${unique}`]
  const logger = createRecordingLogger()
  const broker = createKafkaBroker({ brokers: stackAddresses().kafkaBrokers, clientId: 'audit-sink-test', logger })
  const log = createAuditLog({ url: clickhouseUrl, tablePrefix, requestTimeoutMs: 5_000, logger })
  await log.migrate({ retentionDays: 36_500 })
  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics([{ name: topic, partitions, settings: { 'max.message.bytes': '4194304' } }])
  const producer = broker.createProducer()
  await producer.start()
  const sinks: AuditSink[] = []

  return {
    topic,
    groupId,
    log,
    broker,
    admin,
    logger,
    newSink(sinkOptions = {}) {
      const sink = createAuditSink({ broker, auditLog: log, topics: [topic], groupId, logger, ...sinkOptions })
      sinks.push(sink)
      return sink
    },
    async publish(records, partition = 0) {
      const cluster = await admin.clusterId()
      const published: ConsumerRecord[] = []
      for (const batch of batches(records)) {
        const outcome = await producer.append(topic, partition, batch)
        if (outcome.kind !== 'ok') throw outcome.error
        published.push(
          ...batch.map((record, index) => ({
            ...record,
            cluster,
            topic,
            partition,
            offset: outcome.baseOffset + BigInt(index),
          })),
        )
      }
      return published
    },
    async entries() {
      const records: ConsumerRecord[] = []
      for await (const { record } of log.read({}, { order: 'partition' })) records.push(record)
      return records
    },
    async rows() {
      const { origin, username, password } = new URL(clickhouseUrl)
      const answer = await fetch(origin, {
        method: 'POST',
        body: `SELECT count() FROM ${tablePrefix}_entries WHERE record_status != 'none'`,
        headers: { authorization: `Basic ${Buffer.from(`${username || 'default'}:${password}`).toString('base64')}` },
      })
      return Number(await answer.text())
    },
    async committed(partition = 0) {
      const offsets = await admin.groupOffsets(groupId)
      return offsets.find((offset) => offset.topic === topic && offset.partition === partition)?.offset
    },
    async close() {
      await Promise.all(sinks.map((sink) => sink.close({ drainMs: 5_000 })))
      await Promise.all([producer.close(), admin.close(), log.close()])
    },
  }
}

/** At most 500 records and some 500 kB each. */
function* batches(records: readonly ProducerRecord[]): Generator<ProducerRecord[]> {
  let batch: ProducerRecord[] = []
  let bytes = 0
  for (const record of records) {
    const size = (record.key?.length ?? 0) + (record.value?.length ?? 0) + 100
    if (batch.length === 500 || (batch.length > 0 && bytes + size > 500_000)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(record)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

/** A ClickHouse of this process, to be killed; skips the test aloud where there can be none. */
export async function startOwnClickHouse({ skip }: TestContext): Promise<LocalClickHouse> {
  const { problems } = await checkLocalStack()
  const problem = problems.find(({ servers }) => servers.includes('clickhouse'))
  return problem === undefined ? await startClickHouse() : skip(problem.message)
}
