import type { ProducerRecord } from '@ledgerbus/core'
import { encodeEnvelope } from '@ledgerbus/core'
import {
  anEnvelope,
  aRecord,
  createFakeClock,
  createFixedRandom,
  createInMemoryAuditLog,
  createInMemoryBroker,
  createRecordingLogger,
  type FakeClock,
  type InMemoryAuditLog,
  type InMemoryBroker,
  type RecordingLogger,
} from '@ledgerbus/testkit'
import { type AuditSink, type AuditSinkOptions, createAuditSink } from '../../src/index.ts'

export const groupId = 'ledgerbus-audit-sink'
export const topic = 'orders'

/** A broker and a log in this process, a clock that stands still, and sinks between them. */
export interface SinkWorld {
  readonly broker: InMemoryBroker
  readonly log: InMemoryAuditLog
  readonly clock: FakeClock
  readonly logger: RecordingLogger
  newSink(options?: Partial<AuditSinkOptions>): AuditSink
  /** A started sink. */
  startSink(options?: Partial<AuditSinkOptions>): Promise<AuditSink>
  /** Appends to one partition. */
  publish(records: readonly ProducerRecord[], partition?: number): Promise<void>
  /** Lets time pass and what it sets off settle. */
  pass(ms: number): Promise<void>
  /** Offsets in the log, rising. */
  stored(partition?: number): readonly number[]
  /** What the group committed for a partition. */
  committed(partition?: number): Promise<bigint | undefined>
}

/** `count` events of one key. */
export function events(count: number): ProducerRecord[] {
  return Array.from({ length: count }, () => aRecord({ value: encodeEnvelope(anEnvelope()) }))
}

export async function createSinkWorld(partitions = 1): Promise<SinkWorld> {
  const clock = createFakeClock()
  const logger = createRecordingLogger()
  const broker = createInMemoryBroker({ clock, logger })
  const log = createInMemoryAuditLog({ clock })
  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics([{ name: topic, partitions }])
  const producer = broker.createProducer()
  await producer.start()

  async function pass(ms: number): Promise<void> {
    await clock.advance(ms)
    // Chains of hand-overs take several turns of the event loop.
    for (let turn = 0; turn < 5; turn += 1) await clock.advance(0)
  }

  function newSink(options: Partial<AuditSinkOptions> = {}): AuditSink {
    return createAuditSink({
      broker,
      auditLog: log,
      topics: [topic],
      clock,
      random: createFixedRandom(0.999),
      logger,
      ...options,
    })
  }

  return {
    broker,
    log,
    clock,
    logger,
    pass,
    newSink,
    async startSink(options) {
      const sink = newSink(options)
      await sink.start()
      await pass(0)
      return sink
    },
    async publish(records, partition = 0) {
      for (let start = 0; start < records.length; start += 500) {
        const outcome = await producer.append(topic, partition, records.slice(start, start + 500))
        if (outcome.kind !== 'ok') throw outcome.error
      }
      await pass(0)
    },
    stored: (partition = 0) =>
      log.controls
        .entries()
        .filter(({ record }) => record.partition === partition)
        .map(({ record }) => Number(record.offset)),
    async committed(partition = 0) {
      const found = (await admin.groupOffsets(groupId)).find((offset) => offset.partition === partition)
      return found?.offset
    },
  }
}
