import { type BrokerProducer, type BrokerProducerOptions, BrokerError } from '@ledgerbus/core'
import type { KafkaSettings } from '../check-options.ts'
import { createQuestionLine } from '../client/question-connection.ts'
import { createQuestions } from '../client/questions.ts'
import { settle } from '../client/settle.ts'
import { toQuestionError } from '../errors/to-broker-error.ts'
import { appendBatch } from './append-batch.ts'
import { abortedBeforeSend, batchInvalid, closed, lateInQueue, notStarted, partitionInvalid } from './append-error.ts'
import { toBatch } from './batch.ts'
import { createPartitionCounts } from './partition-counts.ts'
import { createPartitionQueue, type PartitionQueue } from './partition-queue.ts'
import { openProducerSession } from './producer-session.ts'
import { createSessionPool } from './session-pool.ts'

const mostRecords = 500

/** The producer of the broker port over kafkajs: see `append-batch.ts` for what it guards against. */
export function createKafkaProducer(settings: KafkaSettings, options: BrokerProducerOptions = {}): BrokerProducer {
  const { clock, random, brokers } = settings
  const { deliveryTimeoutMs = 60_000 } = options
  const questions = createQuestions(settings, createQuestionLine(settings))
  const counts = createPartitionCounts(questions, { clock, random, patienceMs: deliveryTimeoutMs })
  const sessions = createSessionPool(() => openProducerSession(settings))
  const around = { sessions, countPartitions: counts.countNow, clock, random }
  const queues = new Map<string, PartitionQueue>()
  const underWay = new Set<Promise<unknown>>()
  let phase: 'new' | 'started' | 'closed' = 'new'
  let closing: Promise<void> | undefined

  function queueOf(topic: string, partition: number): PartitionQueue {
    const key = `${topic}/${partition}`
    const found = queues.get(key)
    if (found !== undefined) return found
    const queue = createPartitionQueue(clock, () => queues.delete(key))
    queues.set(key, queue)
    return queue
  }

  return {
    async start({ signal } = {}) {
      signal?.throwIfAborted()
      if (phase === 'closed') throw new BrokerError('the producer is closed; make a new one', { code: 'BROKER_CLOSED' })
      const where = `producer of Kafka at ${brokers.join(', ')}`
      const connecting = sessions.lease().then(({ release }) => release())
      const connected = await settle(connecting, { clock, withinMs: Number.POSITIVE_INFINITY, signal })
      if (connected.kind === 'error') throw toQuestionError(connected.error, { where })
      if (connected.kind !== 'value') throw signal?.reason
      if (phase === 'new') phase = 'started'
    },
    partitionCount: (topic, wait) => counts.count(topic, wait),
    async append(topic, partition, records, { signal } = {}) {
      const place = { topic, partition }
      if (phase === 'new') return notStarted(place)
      if (phase === 'closed') return closed(place)
      if (records.length < 1 || records.length > mostRecords) return batchInvalid(place, records.length)
      if (!Number.isInteger(partition) || partition < 0) return partitionInvalid(place)
      if (signal?.aborted === true) return abortedBeforeSend(place, signal.reason)
      const deadlineMs = clock.monotonicMs() + deliveryTimeoutMs
      const batch = toBatch(topic, partition, records)
      const appended = queueOf(topic, partition).add({
        deadlineMs,
        signal,
        run: () => appendBatch(batch, { deadlineMs, signal }, around),
        aborted: (reason) => abortedBeforeSend(place, reason),
        late: () => lateInQueue(place),
      })
      underWay.add(appended)
      try {
        return await appended
      } finally {
        underWay.delete(appended)
      }
    },
    close() {
      phase = 'closed'
      closing ??= (async () => {
        await Promise.all(underWay)
        await Promise.all([sessions.close(), questions.close()])
      })()
      return closing
    },
  }
}
