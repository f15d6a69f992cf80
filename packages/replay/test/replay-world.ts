import {
  type AuditReading,
  type BrokerAdmin,
  type ConsumerRecord,
  encodeEnvelope,
  isInternalTopic,
  type NextOffset,
  type ProducerRecord,
  silentLogger,
  type TopicSpec,
} from '@ledgerbus/core'
import {
  anEnvelope,
  aRecord,
  createFakeClock,
  createInMemoryAuditLog,
  createInMemoryBroker,
  createSequentialIds,
  createFixedRandom,
  type FakeClock,
  type InMemoryAuditLog,
  type InMemoryBroker,
} from '@ledgerbus/testkit'
import {
  type CreateReplayOptions,
  createReplay,
  type Replay,
  type ReplayReport,
  type ReplayRequest,
  type RunReplayOptions,
} from '../src/index.ts'

/** A broker with topics, a log to audit them, and a replay between the two. */
export interface ReplayWorld {
  readonly broker: InMemoryBroker
  readonly admin: BrokerAdmin
  readonly auditLog: InMemoryAuditLog
  readonly clock: FakeClock
  readonly replay: Replay
  /** Another process over the same broker and log. */
  another(options?: Partial<CreateReplayOptions>): Replay
  publish(topic: string, partition: number, records: readonly ProducerRecord[]): Promise<void>
  /**
   * What the sink does: everything that stands on the broker and not yet in the log.
   * @param readingOf how a value reads that is not JSON, as a sink with a schema registry tells it
   */
  audit(readingOf?: (record: ConsumerRecord) => AuditReading | undefined): Promise<void>
  /** Plans, keeps and runs. */
  run(asked?: Partial<ReplayRequest>, options?: RunReplayOptions): Promise<ReplayReport>
  /** Lets time pass until something settled. */
  ended<Result>(work: Promise<Result>): Promise<Result>
  /** The records of a topic that a replay published. */
  replayed(topic?: string): readonly ConsumerRecord[]
}

const fromMs: number = Date.UTC(2026, 0, 31)
const toMs: number = Date.UTC(2026, 1, 1)
export const request: ReplayRequest = { fromMs, toMs, groups: ['billing'], reason: 'bug 42 is fixed', by: 'ada' }

/** `order.created` of an order, as its producer would have published it. */
export function anOrder(
  id: string,
  options: { readonly name?: string; readonly version?: number; readonly total?: number } = {},
): ProducerRecord {
  const { name = 'order.created', version = 1, total = 100 } = options
  const envelope = anEnvelope({ name, version, entity: { type: 'order', id }, payload: { after: { total } } })
  return aRecord({ key: id, value: encodeEnvelope(envelope), headers: { ce_type: name } })
}

export async function aReplayWorld(
  topics: readonly TopicSpec[] = [{ name: 'orders', partitions: 3 }],
  options: Partial<CreateReplayOptions> = {},
): Promise<ReplayWorld> {
  const clock = createFakeClock()
  const broker = createInMemoryBroker({ clock })
  const auditLog = createInMemoryAuditLog({ clock })
  const admin = broker.createAdmin()
  const producer = broker.createProducer()
  await admin.start()
  await admin.createTopics(topics)
  await producer.start()
  const audited = new Map<string, bigint>()
  const ids = createSequentialIds()
  const another = (own: Partial<CreateReplayOptions> = {}): Replay =>
    createReplay({ broker, auditLog, clock, ids, random: createFixedRandom(0.5), logger: silentLogger, ...own })

  const replay = another(options)

  async function ended<Result>(work: Promise<Result>): Promise<Result> {
    let isOver = false
    const over = work.then(
      () => (isOver = true),
      () => (isOver = true),
    )
    while (!isOver) await clock.advance(1_000)
    await over
    return await work
  }

  return {
    broker,
    admin,
    auditLog,
    clock,
    replay,
    another,
    ended,
    run: (asked = {}, runOptions = {}) =>
      ended(replay.plan({ ...request, ...asked }).then((plan) => replay.run(plan, { confirmed: true, ...runOptions }))),
    async publish(topic, partition, records) {
      const outcome = await producer.append(topic, partition, records)
      if (outcome.kind !== 'ok') throw outcome.error
    },
    async audit(readingOf = () => undefined) {
      // The sink leaves topics like ours out.
      for (const topic of (await admin.listTopics()).filter((name) => !isInternalTopic(name))) {
        const byPartition = groupedBy(broker.controls.records(topic), ({ partition }) => partition)
        for (const [partition, records] of byPartition) {
          const name = `${topic}/${partition}`
          const fresh = records.filter(({ offset }) => offset >= (audited.get(name) ?? 0n))
          const [first] = fresh
          const last = fresh.at(-1)
          if (first === undefined || last === undefined) continue
          const next = (last.offset + 1n) as NextOffset
          audited.set(name, next)
          const block = auditLog.createBlock(first)
          for (const record of fresh) block.add(record, readingOf(record))
          await auditLog.insert({ first: first.offset, next, block })
        }
      }
    },
    replayed: (topic = 'orders') =>
      broker.controls.records(topic).filter(({ headers }) => headers.some(({ name }) => name === 'lb-replay-id')),
  }
}

/** Items by what they have in common, in their order. */
export function groupedBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): ReadonlyMap<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}

/** Bytes as text, for assertions. */
export function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : new TextDecoder().decode(bytes)
}

/** What of a record a replay must not touch. */
export function originalOf(record: Pick<ConsumerRecord, 'key' | 'value' | 'headers' | 'partition'>): unknown {
  return {
    partition: record.partition,
    key: textOf(record.key),
    value: textOf(record.value),
    headers: record.headers
      .filter(({ name }) => !name.startsWith('lb-replay-'))
      .map(({ name, value }) => [name, textOf(value)]),
  }
}

/** Everything that is iterated over. */
export async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}
