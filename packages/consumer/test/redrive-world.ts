import {
  type ConsumerRecord,
  deadLetterTopicOf,
  encodeEnvelope,
  headerText,
  type ProducerRecord,
  redriveLaneOf,
  silentLogger,
} from '@ledgerbus/core'
import {
  aConsumerRecord,
  anEnvelope,
  createFakeClock,
  createFixedRandom,
  createInMemoryBroker,
  createSequentialIds,
  type FakeClock,
  type InMemoryBroker,
} from '@ledgerbus/testkit'
import { toDeadLetter } from '../src/dead-letter/dead-letter-record.ts'
import { factsOf } from '../src/dead-letter/error-facts.ts'
import { createRedrive, type CreateRedriveOptions, type Redrive } from '../src/redrive/create-redrive.ts'
import { letterTopicSpecs } from './letter-topics.ts'
import { encodeLetterState, type NotedStatus } from '../src/redrive/state/letter-state.ts'
import { stateTopicOf } from '../src/redrive/letter-topics.ts'

export const source = 'orders'
const groupId = 'billing'
export const deadLetterTopic: string = deadLetterTopicOf(source, groupId)
export const lane: string = redriveLaneOf(source, groupId)
const partitions = 3

/** A dead letter of the group, as its consumer would write it. */
export interface LetterInput {
  /** In the source topic; also tells the record apart. */
  readonly offset: number
  readonly partition?: number
  readonly key?: string | null
  readonly name?: string
  readonly error?: Error
  readonly handler?: string
  readonly failedAtMs?: number
  readonly organizationId?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A broker with dead letters of one group, and a redrive over them. */
export interface RedriveWorld {
  readonly broker: InMemoryBroker
  readonly clock: FakeClock
  readonly redrive: Redrive
  /** The same over the same broker, as another process would have it. */
  another(options?: Partial<CreateRedriveOptions>): Redrive
  append(topic: string, partition: number, records: readonly ProducerRecord[]): Promise<void>
  setAside(...letters: readonly LetterInput[]): Promise<void>
  /** What stands on the redrive topic, by partition and offset. */
  redriven(topic?: string): readonly ConsumerRecord[]
  /** Tells how a redriven record ended, as the group does. */
  end(record: ConsumerRecord, status: Extract<NotedStatus, 'resolved' | 'failed-again'>): Promise<void>
}

export async function aRedriveWorld(
  options: { readonly broker?: InMemoryBroker; readonly clock?: FakeClock } & Partial<CreateRedriveOptions> = {},
): Promise<RedriveWorld> {
  const clock = options.clock ?? createFakeClock()
  const broker = options.broker ?? createInMemoryBroker({ clock, logger: silentLogger })
  const ids = createSequentialIds()
  const admin = broker.createAdmin()
  const producer = broker.createProducer()
  await admin.start()
  await admin.createTopics(letterTopicSpecs(source, groupId, partitions))
  await producer.start()

  async function append(topic: string, partition: number, records: readonly ProducerRecord[]): Promise<void> {
    for (let at = 0; at < records.length; at += 500) {
      const outcome = await producer.append(topic, partition, records.slice(at, at + 500))
      if (outcome.kind !== 'ok') throw outcome.error
    }
  }

  const another = (more: Partial<CreateRedriveOptions> = {}): Redrive =>
    createRedrive({ broker, clock, ids, random: createFixedRandom(0.5), logger: silentLogger, ...more })

  return {
    broker,
    clock,
    redrive: another(),
    another,
    append,
    async setAside(...letters) {
      for (const letter of letters) await append(deadLetterTopic, letter.partition ?? 0, [toLetter(letter, clock)])
    },
    redriven: (topic = lane) => broker.controls.records(topic),
    async end(record, status) {
      const of = headerText(record.headers, 'lb-redrive-of') ?? ''
      const redriveId = headerText(record.headers, 'lb-redrive-id') ?? ''
      const [topic = '', partition, offset = ''] = of.split('/')
      const place = { partition: Number(partition), offset: BigInt(offset) }
      const note = encodeLetterState(place, { status, redriveId, atMs: clock.nowMs() })
      await append(stateTopicOf(topic), place.partition, [note])
    },
  }
}

export function toLetter(
  input: LetterInput,
  clock: Pick<FakeClock, 'nowMs'>,
  of: { readonly topic: string; readonly groupId: string } = { topic: source, groupId },
): ProducerRecord {
  const { offset, partition = 0, key = `o-${offset}`, name = 'order.created', error = new Error('no luck') } = input
  const { organizationId, headers = {}, handler = 'charge', failedAtMs = clock.nowMs() } = input
  const envelope = anEnvelope({
    name,
    entity: { type: 'order', id: key ?? 'none' },
    ...(organizationId !== undefined && { organizationId }),
  })
  const record = aConsumerRecord({
    topic: of.topic,
    partition,
    offset: BigInt(offset),
    timestampMs: BigInt(offset),
    key,
    value: encodeEnvelope(envelope),
    headers: { own: `header ${offset}`, ...headers },
  })
  const failure = { step: 'handle', reason: 'attempts-exhausted', handlerName: handler, attempts: 5, error } as const
  return toDeadLetter(record, {
    groupId: of.groupId,
    failure,
    error: factsOf(error, (text) => text),
    nowMs: failedAtMs,
    detail: 'without-stack',
  })
}

/** Offsets in the source topic that redriven records came from, in their order. */
export function originsOf(records: readonly ConsumerRecord[]): number[] {
  return records.map(({ headers }) => Number(headerText(headers, 'lb-origin-offset')))
}

/** A record on the redrive topic that failed again, as its group sets it aside anew. */
export function failedAgain(record: ConsumerRecord, nowMs: number): ProducerRecord {
  const error = new Error('no luck again')
  return toDeadLetter(record, {
    groupId,
    failure: { step: 'handle', reason: 'attempts-exhausted', handlerName: 'charge', attempts: 5, error },
    error: factsOf(error, (text) => text),
    nowMs,
    detail: 'without-stack',
  })
}
