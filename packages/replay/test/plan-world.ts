import {
  type AuditLogInspector,
  type AuditLogReader,
  createEventRegistry,
  defineEvent,
  encodeEnvelope,
  type EventRegistry,
  type NextOffset,
  type ProducerRecord,
  type TopicSpec,
} from '@ledgerbus/core'
import {
  anEnvelope,
  aRecord,
  builderTimeMs,
  createFakeClock,
  createInMemoryAuditLog,
  createInMemoryBroker,
  createSequentialIds,
  type FakeClock,
  type InMemoryAuditLog,
  type InMemoryBroker,
} from '@ledgerbus/testkit'
import { z } from 'zod'
import { type PlanReplayNeeds, type PlanReplayOptions, planReplay } from '../src/plan/plan-replay.ts'
import type { ReplayPlan } from '../src/plan/replay-plan.ts'
import type { ReplayRequest } from '../src/plan/replay-request.ts'
import { createLogSource } from '../src/source/log-source.ts'
import type { ReplaySource } from '../src/source/replay-source.ts'

/** A broker with topics, a log of them, and what planning needs between the two. */
export interface PlanWorld {
  readonly broker: InMemoryBroker
  readonly auditLog: InMemoryAuditLog
  readonly clock: FakeClock
  readonly source: ReplaySource
  plan(
    request?: Partial<ReplayRequest>,
    needs?: Partial<PlanReplayNeeds>,
    options?: PlanReplayOptions,
  ): Promise<ReplayPlan>
  createTopics(...topics: readonly TopicSpec[]): Promise<void>
  deleteTopics(...names: readonly string[]): Promise<void>
  /** Appends, and stores in the log what was appended. */
  publish(topic: string, partition: number, records: readonly ProducerRecord[]): Promise<void>
  commit(groupId: string, topic: string, partition: number, offset: bigint): Promise<void>
}

export const fromMs: number = Date.UTC(2026, 0, 31)
export const toMs: number = Date.UTC(2026, 1, 1)
const request: ReplayRequest = { fromMs, toMs, groups: ['billing'], reason: 'bug 42 is fixed' }

export const OrderCreated = defineEvent('order.created', {
  version: 2,
  description: 'A new order was placed',
  topic: { name: 'orders', partitions: 3 },
  payload: { after: z.object({ total: z.number() }) },
})

export const events: EventRegistry = createEventRegistry([OrderCreated])

/** `order.created` of an order, as its producer would have published it. */
export function anOrder(
  id: string,
  options: {
    readonly name?: string
    readonly version?: number
    readonly total?: unknown
    readonly eventId?: string
    readonly timestampMs?: bigint
  } = {},
): ProducerRecord {
  const { name = 'order.created', version = 2, total = 100, eventId, timestampMs = builderTimeMs } = options
  const envelope = anEnvelope({
    name,
    version,
    entity: { type: 'order', id },
    payload: { after: { total } },
    ...(eventId !== undefined && { eventId }),
  })
  return aRecord({ key: id, value: encodeEnvelope(envelope), headers: { ce_type: name }, timestampMs })
}

/** A log that tells how long it keeps entries. */
export function keepingDays(auditLog: InMemoryAuditLog, days: number): AuditLogReader & AuditLogInspector {
  return { ...auditLog, retentionDays: async () => days }
}

export async function aPlanWorld(
  topics: readonly TopicSpec[] = [{ name: 'orders', partitions: 3 }],
): Promise<PlanWorld> {
  const clock = createFakeClock()
  const broker = createInMemoryBroker({ clock })
  const auditLog = createInMemoryAuditLog({ clock })
  const ids = createSequentialIds()
  const source = createLogSource(auditLog, { clock })
  const producer = broker.createProducer()
  const admin = broker.createAdmin()
  await Promise.all([producer.start(), admin.start()])
  await admin.createTopics(topics)

  return {
    broker,
    auditLog,
    clock,
    source,
    plan: (change = {}, needs = {}, options = {}) =>
      planReplay({ ...request, ...change }, { broker, source, clock, ids, ...needs }, options),
    async createTopics(...specs) {
      await admin.createTopics(specs)
    },
    deleteTopics: (...names) => admin.deleteTopics(names),
    async publish(topic, partition, records) {
      const outcome = await producer.append(topic, partition, records)
      if (outcome.kind !== 'ok') throw outcome.error
      const stored = broker.controls.records(topic, { partition }).slice(-records.length)
      const [first] = stored
      const last = stored.at(-1)
      if (first === undefined || last === undefined) return
      const block = auditLog.createBlock(first)
      for (const record of stored) block.add(record)
      await auditLog.insert({ first: first.offset, next: (last.offset + 1n) as NextOffset, block })
    },
    async commit(groupId, topic, partition, offset) {
      await admin.setGroupOffsets(groupId, [{ topic, partition, offset: offset as NextOffset }])
    },
  }
}
