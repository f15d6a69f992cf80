import {
  type BrokerProducer,
  ConfigurationError,
  type EventDefinition,
  isLedgerbusError,
  type WaitOptions,
  settledWithin,
} from '@ledgerbus/core'
import { createMissingTopics } from './create-missing-topics.ts'
import { createDelivery, type Delivery } from './delivery.ts'
import { createPendingPublish, type PendingPublish, type PreparedPublish, type PublishEnd } from './pending-publish.ts'
import { prepareAll, preparePublish } from './prepare-publish.ts'
import type { Producer, ProducerReport, PublishOptions } from './producer.ts'
import { ProducerError } from './producer-error.ts'
import { type ProducerOptions, resolveProducerOptions } from './producer-options.ts'
import { PublishError } from './publish-error.ts'
import { PublishManyError, type PublishManyResult } from './publish-many-error.ts'

/** How long disconnecting may take once the time of `close` is over, in milliseconds. */
const disconnectMs = 500

/**
 * Makes a producer of the given events. It connects at `start()`.
 *
 * @throws ConfigurationError with every problem of the options at once
 */
export function createProducer(options: ProducerOptions): Producer {
  const settings = resolveProducerOptions(options)
  const { clock, logger, registry } = settings
  const ends: Record<PublishEnd, number> = { published: 0, failed: 0, unknown: 0, unsent: 0 }
  const closeCalled = new AbortController()
  let starting: Promise<void> | undefined
  let running: { readonly broker: BrokerProducer; readonly delivery: Delivery } | undefined
  let closing: Promise<ProducerReport> | undefined

  async function connect(signal: AbortSignal | undefined): Promise<void> {
    const wait = { signal: signal === undefined ? closeCalled.signal : AbortSignal.any([signal, closeCalled.signal]) }
    const broker = settings.broker.createProducer({ deliveryTimeoutMs: settings.deliveryTimeoutMs })
    try {
      if (settings.topics === 'create') await createMissingTopics(settings.broker, registry, wait)
      await broker.start(wait)
      const partitions = await partitionsOf(
        registry.topics().map((topic) => topic.name),
        broker,
        wait,
      )
      wait.signal.throwIfAborted()
      running = { broker, delivery: createDelivery(broker, partitions, settings) }
    } catch (error) {
      await settledWithin(clock, disconnectMs, broker.close())
      throw closeCalled.signal.aborted ? closedWhileStarting() : error
    }
  }

  function deliveryFor(definition: EventDefinition): Delivery {
    const eventName = definition.name
    if (closing !== undefined) {
      throw new PublishError(`${eventName}: the producer is closed; nothing is stored`, {
        code: 'PUBLISH_CLOSED',
        eventName,
      })
    }
    if (running === undefined) {
      const message = `${eventName}: the producer is not started; await start() first`
      throw new PublishError(message, { code: 'PUBLISH_NOT_STARTED', eventName })
    }
    return running.delivery
  }

  function submit(delivery: Delivery, prepared: PreparedPublish, publishOptions: PublishOptions): PendingPublish {
    const onEnd = (end: PublishEnd): void => {
      ends[end] += 1
    }
    const publish = createPendingPublish(prepared, { ...publishOptions, clock, onEnd })
    if (!publish.isEnded()) delivery.submit(publish)
    return publish
  }

  async function close(timeoutMs: number): Promise<ProducerReport> {
    const deadlineMs = clock.monotonicMs() + timeoutMs
    closeCalled.abort(closedWhileStarting())
    if (starting !== undefined) await settledWithin(clock, timeoutMs, starting)
    if (running !== undefined) {
      const { broker, delivery } = running
      await delivery.finish(Math.max(deadlineMs - clock.monotonicMs(), 0))
      const disconnected = broker.close().catch((error: unknown) => {
        logger.warn({ error }, 'producer could not disconnect in order')
      })
      await settledWithin(clock, Math.max(deadlineMs - clock.monotonicMs(), disconnectMs), disconnected)
    }
    const report = { ...ends }
    if (report.unsent > 0 || report.unknown > 0) logger.warn(report, 'producer closed with events unsent or unknown')
    return report
  }

  return {
    async start({ signal } = {}) {
      if (closing !== undefined)
        throw new ProducerError('start: the producer is closed; make a new one', { code: 'PRODUCER_CLOSED' })
      if (starting !== undefined) {
        throw new ProducerError('start: the producer is started already', { code: 'PRODUCER_ALREADY_STARTED' })
      }
      starting = connect(signal)
      try {
        await starting
      } catch (error) {
        starting = undefined
        throw error
      }
    },
    async publish(definition, input, publishOptions = {}) {
      const delivery = deliveryFor(definition)
      return await submit(delivery, preparePublish(definition, input, settings), publishOptions).receipt
    },
    async publishMany(definition, inputs, publishOptions = {}) {
      const delivery = deliveryFor(definition)
      const prepared = prepareAll(definition, inputs, settings)
      const results = await Promise.all(prepared.map((each) => resultOf(submit(delivery, each, publishOptions))))
      const receipts = results.flatMap((result) => (result.kind === 'ok' ? [result.receipt] : []))
      if (receipts.length < results.length) throw new PublishManyError(definition.name, results)
      return receipts
    },
    close({ timeoutMs = 30_000 } = {}) {
      closing ??= close(timeoutMs)
      return closing
    },
  }
}

function closedWhileStarting(): ProducerError {
  return new ProducerError('start: the producer was closed while it started', { code: 'PRODUCER_CLOSED' })
}

/** How many partitions each topic has; all that do not exist in one error. */
async function partitionsOf(
  topics: readonly string[],
  broker: BrokerProducer,
  wait: WaitOptions,
): Promise<ReadonlyMap<string, number>> {
  const partitions = new Map<string, number>()
  const unknown: string[] = []
  for (const topic of topics) {
    try {
      partitions.set(topic, await broker.partitionCount(topic, wait))
    } catch (error) {
      if (!isLedgerbusError(error) || error.code !== 'BROKER_TOPIC_UNKNOWN') throw error
      unknown.push(topic)
    }
  }
  if (unknown.length > 0) {
    const problems = unknown.map((topic) => `${topic} does not exist`)
    throw new ConfigurationError('topics', [...problems, 'create them with: ledgerbus topic apply'], {
      code: 'TOPICS_MISSING',
    })
  }
  return partitions
}

async function resultOf(publish: PendingPublish): Promise<PublishManyResult> {
  try {
    return { kind: 'ok', receipt: await publish.receipt }
  } catch (error) {
    // A pending publish ends with nothing else.
    const publishError = error as PublishError
    return { kind: publishError.outcome, error: publishError }
  }
}
