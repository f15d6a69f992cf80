import {
  type BrokerConsumer,
  type BrokerConsumerListener,
  type BrokerConsumerOptions,
  type CommitOutcome,
  ConfigurationError,
  type PartitionEpoch,
} from '@ledgerbus/core'
import type { KafkaSettings } from '../check-options.ts'
import { createQuestionLine } from '../client/question-connection.ts'
import { createQuestions } from '../client/questions.ts'
import { settle } from '../client/settle.ts'
import { createPartitionCounts } from '../producer/partition-counts.ts'
import { consumerAlreadyStarted, consumerClosed, consumerNotStarted, noStaticMembership } from './consumer-error.ts'
import { createGroupSession, type GroupSession } from './group-session.ts'
import { startFromLatest } from './start-from-latest.ts'

const defaultCloseTimeoutMs = 10_000

function checkConsumerOptions({
  groupId,
  topics,
  sessionTimeoutMs,
  rebalanceTimeoutMs,
  maxBytesPerPartition,
  instanceId,
}: BrokerConsumerOptions): void {
  const numbers = { sessionTimeoutMs, rebalanceTimeoutMs, maxBytesPerPartition }
  const problems = [
    ...(groupId === '' ? ['groupId: must not be empty'] : []),
    ...(topics.length === 0 ? ['topics: at least one'] : []),
    ...Object.entries(numbers)
      .filter(([, value]) => value !== undefined && (!Number.isInteger(value) || value < 1))
      .map(([name, value]) => `${name}: a whole number from 1, not ${String(value)}`),
  ]
  if (problems.length > 0) throw new ConfigurationError('createConsumer of the Kafka broker', problems)
  if (instanceId !== undefined) throw noStaticMembership(groupId)
}

/** The consumer of the broker port over kafkajs. */
export function createKafkaConsumer(settings: KafkaSettings, options: BrokerConsumerOptions): BrokerConsumer {
  checkConsumerOptions(options)
  const { groupId, topics, startFrom = 'earliest' } = options
  const { clock, random } = settings
  const line = createQuestionLine(settings)
  const questions = createQuestions(settings, line)
  const closing = new AbortController()
  let session: GroupSession | undefined
  let isStarted = false
  let closed: Promise<void> | undefined

  /** kafkajs would name no topic, and join a group for nothing. */
  async function checkTopics(): Promise<void> {
    const counts = createPartitionCounts(questions, { clock, random, patienceMs: 0 })
    for (const topic of topics) await counts.count(topic)
  }

  async function start(listener: BrokerConsumerListener, signal: AbortSignal): Promise<void> {
    await checkTopics()
    const cluster = await questions.clusterId()
    const begins =
      startFrom === 'latest'
        ? await startFromLatest(groupId, topics, { questions, clock, signal })
        : new Map<string, bigint>()
    signal.throwIfAborted()
    session = createGroupSession({ settings, options, questions, cluster, begins, listener, closing: closing.signal })
    await session.open(signal)
  }

  return {
    async start(listener, { signal } = {}) {
      signal?.throwIfAborted()
      if (closing.signal.aborted) throw consumerClosed(groupId)
      if (isStarted) throw consumerAlreadyStarted(groupId)
      isStarted = true
      const stop = signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal])
      const started = await settle(start(listener, stop), { clock, withinMs: Number.POSITIVE_INFINITY, signal: stop })
      if (started.kind === 'value') return
      isStarted = false
      await session?.close(0)
      session = undefined
      if (signal?.aborted === true) throw signal.reason
      if (closing.signal.aborted) throw consumerClosed(groupId)
      throw started.kind === 'error' ? started.error : consumerClosed(groupId)
    },
    async commit(positions): Promise<CommitOutcome> {
      if (closed !== undefined) return { kind: 'failed', error: consumerClosed(groupId) }
      if (session === undefined) return { kind: 'failed', error: consumerNotStarted(groupId) }
      return session.commit(positions)
    },
    async committed({ topic, partition }) {
      const [stored] = await questions.committed(groupId, [{ topic, partition }])
      return stored === undefined ? undefined : { offset: stored.offset, metadata: stored.metadata }
    },
    seek: (partition, offset) => session?.seek(partition, offset) ?? false,
    assignment: (): readonly PartitionEpoch[] => session?.assignment() ?? [],
    pause() {
      session?.pause()
    },
    close({ timeoutMs = defaultCloseTimeoutMs } = {}) {
      closed ??= (async () => {
        const startedAtMs = clock.monotonicMs()
        closing.abort(consumerClosed(groupId))
        await session?.close(timeoutMs)
        await settle(line.close(), { clock, withinMs: Math.max(0, timeoutMs - (clock.monotonicMs() - startedAtMs)) })
      })()
      return closed
    },
  }
}
