import { type Broker, type BrokerProducer, partitionOf, type ProducerRecord } from '@ledgerbus/core'
import { createSeededRandom, createSequentialIds } from '@ledgerbus/testkit'
import { hostilityOf, makeRecord } from '../sink/hostile-records.ts'
import { originTopics } from './replays.ts'

export interface ReplayLoadOptions {
  readonly broker: Broker
  readonly seed: number
  readonly events: number
  readonly keys: number
  /** When the first one was made, by a clock that goes right. */
  readonly nowMs: number
  readonly signal: AbortSignal
}

const maxRecords = 500
const maxBytes = 500_000
/** Of appends that have no answer yet. */
const mostOpen = 8
/** Clocks of producers: each is wrong by so much, so that Kafka's times run backwards in every partition. */
const clockErrorsMs = [-600_000, -20_000, 0, 45_000, 300_000]
/** Of the topics: three of four are of the first. */
const shareOfFirst = 0.75
const shareWithoutKey = 0.01

/** Publishes originals, ordinary and hostile ones, with holes between them. They stand when this resolves. */
export async function publishOriginals(options: ReplayLoadOptions): Promise<void> {
  const { broker, seed, events, keys, nowMs, signal } = options
  const random = createSeededRandom(seed)
  const ids = createSequentialIds()
  const pick = (count: number): number => Math.floor(random.next() * count)
  const producer = broker.createProducer()
  const waiting = new Map<string, ProducerRecord[]>()
  const open = new Set<Promise<void>>()
  /** Those of one partition keep their order. */
  async function send(topic: string, partition: number, records: readonly ProducerRecord[]): Promise<void> {
    const sending = append(producer, topic, partition, records).finally(() => open.delete(sending))
    open.add(sending)
    while (open.size >= mostOpen) await Promise.race(open)
  }

  await producer.start({ signal })
  try {
    for (let number = 1; number <= events; number += 1) {
      signal.throwIfAborted()
      const topic = originTopics[random.next() < shareOfFirst ? 0 : 1]
      const key = `k${pick(keys)}`
      const made = makeRecord({
        ...{ number, key, random, ids, hostility: hostilityOf(random.next()) },
        nowMs: nowMs + number + (clockErrorsMs[pick(clockErrorsMs.length)] ?? 0),
      })
      const record = random.next() < shareWithoutKey ? { ...made, key: null } : made
      const partition = record.key === null ? pick(topic.partitions) : partitionOf(record.key, topic.partitions)
      const queue = waiting.get(`${topic.name}/${partition}`) ?? []
      waiting.set(`${topic.name}/${partition}`, queue)
      queue.push(record)
      if (isFull(queue)) await send(topic.name, partition, queue.splice(0))
      if (number === Math.ceil(events / 2)) await leaveHoles(broker, seed)
    }
    for (const { name, partitions } of originTopics) {
      for (let partition = 0; partition < partitions; partition += 1) {
        const left = waiting.get(`${name}/${partition}`) ?? []
        if (left.length > 0) await send(name, partition, left)
      }
    }
    await Promise.all(open)
  } finally {
    await producer.close()
  }
}

function isFull(queue: readonly ProducerRecord[]): boolean {
  if (queue.length >= maxRecords) return true
  return queue.reduce((sum, { value }) => sum + (value?.length ?? 0) + 200, 0) > maxBytes
}

async function append(
  producer: BrokerProducer,
  topic: string,
  partition: number,
  records: readonly ProducerRecord[],
): Promise<void> {
  const outcome = await producer.append(topic, partition, records)
  if (outcome.kind !== 'ok') throw outcome.error
}

/** An aborted transaction in every partition: its records and the mark of its end take offsets that nobody reads. */
async function leaveHoles(broker: Broker, seed: number): Promise<void> {
  const transactional = broker.createTransactionalProducer({ transactionalId: `chaos-holes-${seed}` })
  await transactional.start()
  try {
    const transaction = await transactional.begin()
    for (const { name, partitions } of originTopics) {
      for (let partition = 0; partition < partitions; partition += 1) {
        const record = { key: null, value: Buffer.from('aborted'), headers: [], timestampMs: 0n }
        const outcome = await transaction.append(name, partition, [record])
        if (outcome.kind !== 'ok') throw outcome.error
      }
    }
    await transaction.abort()
  } finally {
    await transactional.close()
  }
}
