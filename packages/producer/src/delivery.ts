import { type AppendOutcome, type BrokerProducer, type ProducerRecord, settledWithin } from '@ledgerbus/core'
import { BrokerError } from '@ledgerbus/core'
import { createBufferRoom } from './buffer-room.ts'
import { createPartitionQueue, type PartitionQueue } from './partition-queue.ts'
import type { PendingPublish } from './pending-publish.ts'
import type { ProducerSettings } from './producer-options.ts'
import { unknownRemedy } from './publish-error.ts'
import { createTopicRoute, type TopicRoute } from './topic-route.ts'

/** How long the broker may take to answer once the time of `close` is over, in milliseconds. */
const graceMs = 500

/** Takes publishes to the broker: room, partition, batch, append. */
export interface Delivery {
  /** In the order of the calls within a key. */
  submit(publish: PendingPublish): void
  /** Sends what was submitted; what is left after `timeoutMs` ends as unsent or unknown. */
  finish(timeoutMs: number): Promise<void>
}

/** @param partitions how many each topic has; only these topics can be published to */
export function createDelivery(
  broker: BrokerProducer,
  partitions: ReadonlyMap<string, number>,
  settings: ProducerSettings,
): Delivery {
  const { clock, logger, random } = settings
  const room = createBufferRoom({ maxRecords: settings.maxBufferedRecords, maxBytes: settings.maxBufferedBytes })
  const queues = new Map<string, PartitionQueue>()
  const deadline = new AbortController()
  const routes = new Map<string, TopicRoute>()
  let hurried = false

  for (const [topic, count] of partitions) {
    const lookUp = () => broker.partitionCount(topic, { signal: deadline.signal })
    routes.set(topic, createTopicRoute({ topic, partitions: count, lookUp, clock, random, logger }))
  }

  async function append(topic: string, partition: number, records: readonly ProducerRecord[]): Promise<AppendOutcome> {
    try {
      return await broker.append(topic, partition, records, { signal: deadline.signal })
    } catch (cause) {
      // The port forbids it. What threw may have sent first.
      const message = `append broke its contract: ${cause instanceof Error ? cause.message : String(cause)}`
      const facts = { code: 'BROKER_CONTRACT_BROKEN', topic, partition, outcome: 'unknown', cause } as const
      return { kind: 'unknown', error: new BrokerError(message, facts) }
    }
  }

  function queueOf(topic: string, partition: number): PartitionQueue {
    const name = `${topic}/${partition}`
    const known = queues.get(name)
    if (known !== undefined) return known
    const queue = createPartitionQueue({
      topic,
      partition,
      clock,
      logger,
      append: (records) => append(topic, partition, records),
      lingerMs: settings.lingerMs,
      maxBatchRecords: settings.maxBatchRecords,
      maxBatchBytes: settings.maxBatchBytes,
      maxAgeMs: settings.deliveryTimeoutMs,
      onCut: () => routes.get(topic)?.batchCut(partition),
      release: room.release,
    })
    if (hurried) queue.hurry()
    queues.set(name, queue)
    return queue
  }

  return {
    submit(publish) {
      const route = routes.get(publish.topic)
      if (route === undefined) {
        publish.ended(
          'failed',
          'PUBLISH_FAILED',
          `the topic ${publish.topic} was not looked up at start; nothing is stored`,
        )
        return
      }
      room.admit(publish, () => {
        queueOf(publish.topic, route.partitionFor(publish.record.key)).add(publish)
      })
    },
    async finish(timeoutMs) {
      hurried = true
      for (const queue of queues.values()) queue.hurry()
      const idle = room.idle()
      if (await settledWithin(clock, timeoutMs, idle)) return
      const unsent = [...room.waiting(), ...[...queues.values()].flatMap((queue) => queue.waiting())]
      for (const publish of unsent) {
        publish.ended('unsent', 'PUBLISH_CLOSED', 'the producer was closed before it was sent; nothing is stored')
      }
      deadline.abort(new DOMException('the time to close the producer is over', 'TimeoutError'))
      await settledWithin(clock, graceMs, idle)
      for (const publish of [...queues.values()].flatMap((queue) => queue.underWay())) {
        publish.ended('unknown', 'PUBLISH_UNKNOWN', `no answer before the producer was closed; ${unknownRemedy}`)
      }
    },
  }
}
