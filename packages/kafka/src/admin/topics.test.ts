import { BrokerError, type Clock, systemClock } from '@ledgerbus/core'
import { createFixedRandom } from '@ledgerbus/testkit'
import { expect, it } from 'vitest'
import type { KafkaSettings } from '../check-options.ts'
import type { QuestionConnection, QuestionLine } from '../client/question-connection.ts'
import type { Questions } from '../client/questions.ts'
import { createTopics } from './topics.ts'

it('waits for the broker that leads a new partition and has not heard of its topic yet', async () => {
  const answers = ['unknown', 'unknown', 'known']
  const asked: string[] = []
  const questions: Partial<Questions> = {
    partitions: async () => [{ partitionErrorCode: 0, partitionId: 0, leader: 2, replicas: [2], isr: [2] }],
    async offsets() {
      const answer = answers[asked.length] ?? 'known'
      asked.push(answer)
      if (answer === 'known') return [{ topic: 'orders', partition: 0, low: 0n, end: 0n }]
      throw new BrokerError('topic orders: the topic does not exist', { code: 'BROKER_TOPIC_UNKNOWN', topic: 'orders' })
    },
  }
  const connection = { admin: { createTopics: async () => true } } as unknown as QuestionConnection
  const line: Pick<QuestionLine, 'ask'> = { ask: (_place, question) => question(connection) }
  const clock: Clock = { ...systemClock, sleep: async () => undefined }
  const settings = { clock, random: createFixedRandom(0.5), requestTimeoutMs: 1_000 } as unknown as KafkaSettings

  const topics = createTopics(settings, line as QuestionLine, questions as Questions)
  expect(await topics.create([{ name: 'orders', partitions: 1 }])).toEqual(['orders'])
  expect(asked).toEqual(['unknown', 'unknown', 'known'])
})
