import { createHash } from 'node:crypto'
import type {
  AppendOutcome,
  Broker,
  BrokerConsumer,
  BrokerConsumerListener,
  BrokerProducer,
  ConsumerRecord,
  ProducerRecord,
  RecordHeader,
  TopicPartition,
} from '@ledgerbus/core'
import type { Ledger } from '../ledger/create-ledger.ts'
import type { Place } from '../ledger/ledger-event.ts'

/** A broker that writes into a ledger what a member asks of it and what it is told, and changes nothing. */
export interface ObservedBroker {
  readonly broker: Broker
  /** The ownership under which a record was delivered. */
  epochOf(record: ConsumerRecord): number
}

export function observeBroker(broker: Broker, ledger: Ledger): ObservedBroker {
  /** By the delivered object itself: the same record delivered again, under another epoch, is another object. */
  const epochs = new WeakMap<ConsumerRecord, number>()
  const owned = new Map<string, number>()
  let ids = 0

  function nextId(): number {
    ids += 1
    return ids
  }

  function currentEpoch({ topic, partition }: TopicPartition): number {
    return owned.get(`${topic}/${partition}`) ?? -1
  }

  function observeListener(listener: BrokerConsumerListener): BrokerConsumerListener {
    return {
      ...listener,
      async assigned(partitions) {
        for (const { topic, partition, epoch, committed } of partitions) {
          owned.set(`${topic}/${partition}`, epoch)
          const told = committed === undefined ? {} : { committed: Number(committed.offset) }
          ledger.add({ kind: 'assigned', topic, partition, epoch, ...told })
        }
        await listener.assigned?.(partitions)
      },
      lost(partitions) {
        for (const { topic, partition, epoch } of partitions) ledger.add({ kind: 'lost', topic, partition, epoch })
        listener.lost?.(partitions)
      },
      deliver(batch) {
        for (const record of batch.records) epochs.set(record, batch.epoch)
        return listener.deliver(batch)
      },
    }
  }

  function observeConsumer(consumer: BrokerConsumer): BrokerConsumer {
    let isMember = false
    return {
      ...consumer,
      async start(listener, options) {
        await consumer.start(observeListener(listener), options)
        isMember = true
      },
      async commit(positions) {
        const id = nextId()
        ledger.add({
          kind: 'commit',
          id,
          positions: positions.map(({ topic, partition, epoch, offset, metadata = '' }) => {
            return { topic, partition, epoch, offset: Number(offset), metadata: metadata.length }
          }),
        })
        const outcome = await consumer.commit(positions)
        const fenced = outcome.kind === 'ok' &&
          outcome.fenced !== undefined && { fenced: outcome.fenced.map(toOwnership) }
        ledger.add({ kind: 'committed', id, outcome: outcome.kind, ...fenced })
        return outcome
      },
      close(options) {
        if (isMember) ledger.add({ kind: 'leaving' })
        isMember = false
        return consumer.close(options)
      },
    }
  }

  /** A member's producer writes dead letters and nothing else. */
  function observeProducer(producer: BrokerProducer): BrokerProducer {
    return {
      ...producer,
      async append(topic, partition, records, options) {
        const letters = records.flatMap((record) => originOf(record) ?? []).map((origin) => ({ id: nextId(), origin }))
        for (const { id, origin } of letters)
          ledger.add({ kind: 'dead-letter', id, epoch: currentEpoch(origin), ...origin })
        const outcome = await producer.append(topic, partition, records, options)
        for (const { id } of letters) ledger.add({ kind: 'dead-lettered', id, outcome: outcome.kind })
        return outcome
      },
    }
  }

  return {
    broker: {
      ...broker,
      createConsumer: (options) => observeConsumer(broker.createConsumer(options)),
      createProducer: (options) => observeProducer(broker.createProducer(options)),
    },
    epochOf: (record) => epochs.get(record) ?? currentEpoch(record),
  }
}

/** A broker that hands the hash of every value it is given to who asks by the event's id: what was published, before anything could change it. */
export function hashAppends(broker: Broker, onHash: (event: string, hash: string) => void): Broker {
  function hashing(producer: BrokerProducer): BrokerProducer {
    return {
      ...producer,
      append(topic, partition, records, options): Promise<AppendOutcome> {
        for (const { headers, value } of records) onHash(headerText(headers, 'ce_id') ?? '', hashOf(value))
        return producer.append(topic, partition, records, options)
      },
    }
  }
  return { ...broker, createProducer: (options) => hashing(broker.createProducer(options)) }
}

/** SHA-256 of a value, as the witness writes it. */
export function hashOf(value: Uint8Array | null): string {
  return createHash('sha256')
    .update(value ?? '')
    .digest('hex')
}

function originOf({ headers }: ProducerRecord): Place | undefined {
  const topic = headerText(headers, 'lb-origin-topic')
  if (topic === undefined) return undefined
  const [partition, offset] = [headerText(headers, 'lb-origin-partition'), headerText(headers, 'lb-origin-offset')]
  return { topic, partition: Number(partition), offset: Number(offset) }
}

function headerText(headers: readonly RecordHeader[], name: string): string | undefined {
  const value = headers.find((header) => header.name === name)?.value
  return value == null ? undefined : Buffer.from(value).toString()
}

function toOwnership({ topic, partition, epoch }: TopicPartition & { readonly epoch: number }) {
  return { topic, partition, epoch }
}
