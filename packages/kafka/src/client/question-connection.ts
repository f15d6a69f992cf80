import { BrokerError } from '@ledgerbus/core'
import type { Admin, Cluster } from 'kafkajs'
import type { KafkaSettings } from '../check-options.ts'
import { readClientError } from '../errors/read-client-error.ts'
import { type ErrorPlace, toQuestionError } from '../errors/to-broker-error.ts'
import { createGroupClient } from './group-client.ts'
import { createKafkaClient, fewRetries, type KafkaClient, metadataMaxAgeMs } from './kafka-client.ts'
import { settle } from './settle.ts'

/** The connection a question goes out on. */
export interface QuestionConnection {
  /** Sees a partition up to the high watermark. */
  readonly cluster: Cluster
  /** Sees a partition up to the last stable offset; connects when first used. */
  readonly stableCluster: Cluster
  /** Connects when first used. */
  readonly admin: Admin
}

/** Puts questions, one at a time: kafkajs keeps the metadata of the topics last asked for, and of no others. */
export interface QuestionLine {
  /** @throws LedgerbusError the client's error in our words, at `place` */
  ask<Answer>(place: ErrorPlace, question: (connection: QuestionConnection) => Promise<Answer>): Promise<Answer>
  /** A question under way gets a moment to end; then its connection ends under it, whatever the broker does. */
  close(): Promise<void>
}

interface Line extends QuestionConnection {
  readonly client: KafkaClient
}

const endTimeoutMs = 1_000

export function createQuestionLine(settings: KafkaSettings): QuestionLine {
  let line: Line | undefined
  let lastQuestion: Promise<unknown> = Promise.resolve()
  let isClosed = false

  function create(): Line {
    const client = createKafkaClient(settings)
    const config = { groupId: 'ledgerbus-questions', metadataMaxAge: metadataMaxAgeMs, allowAutoTopicCreation: false }
    const { cluster } = createGroupClient(client.kafka, { ...config, readUncommitted: true })
    const { cluster: stableCluster } = createGroupClient(client.kafka, config)
    return { client, cluster, stableCluster, admin: client.kafka.admin({ retry: fewRetries }) }
  }

  function end({ client, cluster, stableCluster, admin }: Line): Promise<void> {
    const disconnect = async () => {
      await Promise.all([cluster.disconnect(), stableCluster.disconnect(), admin.disconnect()])
    }
    return client.end(disconnect, { timeoutMs: endTimeoutMs })
  }

  /** A line that failed is not used again: kafkajs keeps stale leaders and closed connections. A fresh one that fails says the truth. */
  async function attempt<Answer>(question: (connection: QuestionConnection) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const isFresh = line === undefined
      line ??= create()
      const used = line
      let isConnected = !isFresh
      try {
        if (isFresh) await used.cluster.connect()
        isConnected = true
        return await question(used)
      } catch (error) {
        if (isConnected && !readClientError(error).row.retriable) throw error
        if (line === used) line = undefined
        void end(used)
        if (isFresh || isClosed) throw error
      }
    }
  }

  return {
    ask(place, question) {
      const answer = lastQuestion.then(async () => {
        if (isClosed) throw new BrokerError(`${place.where}: the connection is closed`, { code: 'BROKER_CLOSED' })
        try {
          return await attempt(question)
        } catch (error) {
          throw toQuestionError(error, place)
        }
      })
      lastQuestion = answer.catch(() => undefined)
      return answer
    },
    async close() {
      isClosed = true
      await settle(lastQuestion, { clock: settings.clock, withinMs: endTimeoutMs })
      const last = line
      line = undefined
      if (last !== undefined) await end(last)
    },
  }
}
