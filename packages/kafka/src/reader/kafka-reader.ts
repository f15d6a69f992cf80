import type { BrokerReader } from '@ledgerbus/core'
import type { KafkaSettings } from '../check-options.ts'
import { createQuestionLine } from '../client/question-connection.ts'
import { createQuestions } from '../client/questions.ts'
import { settle } from '../client/settle.ts'
import { createPartitionCounts } from '../producer/partition-counts.ts'
import { readerClosed, readerNotStarted } from './reader-error.ts'
import { readSpan } from './read-span.ts'
import { createTopicConnection } from './topic-connection.ts'
import { createTopicConnections } from './topic-connections.ts'

/** The reader of the broker port over the fetches of kafkajs, which has no consumer without a group. */
export function createKafkaReader(settings: KafkaSettings): BrokerReader {
  const { clock, random, logger } = settings
  const line = createQuestionLine(settings)
  const questions = createQuestions(settings, line)
  const counts = createPartitionCounts(questions, { clock, random, patienceMs: Number.POSITIVE_INFINITY })
  const closing = new AbortController()
  let clusterId: string | undefined
  const connections = createTopicConnections((topic) => createTopicConnection(settings, topic, clusterId ?? ''))
  let closed: Promise<void> | undefined

  return {
    async start({ signal } = {}) {
      signal?.throwIfAborted()
      closing.signal.throwIfAborted()
      const stop = signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal])
      const asked = await settle(questions.clusterId(), { clock, withinMs: Number.POSITIVE_INFINITY, signal: stop })
      stop.throwIfAborted()
      if (asked.kind === 'error') throw asked.error
      if (asked.kind === 'value') clusterId = asked.value
    },
    async *read(partition, span, { signal } = {}) {
      signal?.throwIfAborted()
      closing.signal.throwIfAborted()
      if (clusterId === undefined) throw readerNotStarted()
      const stop = signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal])
      yield* readSpan(partition, span, { connections, questions, counts, clock, random, logger, signal: stop })
    },
    close() {
      closed ??= (async () => {
        closing.abort(readerClosed())
        await Promise.all([connections.close(), line.close()])
      })()
      return closed
    },
  }
}
