import type { AppendOutcome, BrokerProducer, BrokerProducerOptions, ProducerRecord, WaitOptions } from '@ledgerbus/core'
import { type AppendRequest, appendBatch, failed, refusal } from './append-request.ts'
import { abortedBeforeSend, closed, notStarted, topicUnknown } from './broker-errors.ts'
import { boundedWait } from '../bounded-wait.ts'
import type { BrokerState } from './broker-state.ts'

const defaultDeliveryTimeoutMs = 60_000

/** How many partitions a topic has. @throws BrokerError `BROKER_TOPIC_UNKNOWN`, `BROKER_UNREACHABLE` */
export function partitionCountOf(topic: string, state: BrokerState): number {
  state.network.check()
  const stored = state.topics.find(topic)
  if (stored === undefined) throw topicUnknown(topic)
  return stored.logs.length
}

export function createInMemoryProducer(options: BrokerProducerOptions, state: BrokerState): BrokerProducer {
  const { deliveryTimeoutMs = defaultDeliveryTimeoutMs } = options
  /** The last batch of each partition: the next one of that partition waits for it. */
  const tails = new Map<string, Promise<unknown>>()
  let phase: 'new' | 'started' | 'closed' = 'new'

  /** One batch in flight a partition, in the order of the calls. A batch that still waits for its turn was not sent. */
  function inTurn(request: AppendRequest): Promise<AppendOutcome> {
    const { topic, partition, signal } = request
    const lane = `${topic}/${partition}`
    const before = tails.get(lane) ?? Promise.resolve()
    async function send(): Promise<AppendOutcome> {
      const turn = await boundedWait(before, { clock: state.clock, signal })
      if (turn === 'aborted') return failed(abortedBeforeSend(topic, partition, signal?.reason))
      return appendBatch(request, state)
    }
    const mine = send()
    // Without the `then` each tail would hold all outcomes before it.
    tails.set(
      lane,
      Promise.all([before, mine]).then(() => undefined),
    )
    return mine
  }

  return {
    async start({ signal }: WaitOptions = {}) {
      signal?.throwIfAborted()
      if (phase === 'closed') throw closed('producer')
      state.network.check()
      phase = 'started'
    },
    async partitionCount(topic, { signal }: WaitOptions = {}) {
      signal?.throwIfAborted()
      return partitionCountOf(topic, state)
    },
    async append(topic, partition, records: readonly ProducerRecord[], { signal }: WaitOptions = {}) {
      if (phase === 'new') return failed(notStarted('producer'))
      if (phase === 'closed') return failed(closed('producer'))
      const request: AppendRequest = {
        topic,
        partition,
        records,
        signal,
        deliveryTimeoutMs,
        store: (log) => ({ kind: 'ok', baseOffset: log.append(records) }),
      }
      return refusal(request) ?? inTurn(request)
    },
    async close() {
      phase = 'closed'
      await Promise.all(tails.values())
    },
  }
}
