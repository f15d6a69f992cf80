import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { createCountdown, type Taken } from '../countdown.ts'
import { Order } from '../order-placed.ts'
import { createRawKafka } from '../raw-kafka.ts'
import type { ConsumeTask } from './consume-task.ts'
import { serveContestant } from './serve-contestant.ts'

/** What a service would check itself. */
const RawEvent = z.object({ payload: z.object({ after: Order }) })

/** kafkajs alone, as its documentation sets it up: this process imports nothing that patches it. It parses and validates the same. */
serveContestant(async ({ kafkaBrokers, topic, groupId, count, handlerMs }: ConsumeTask): Promise<Taken> => {
  const countdown = createCountdown(count)
  const consumer = createRawKafka(kafkaBrokers).consumer({ groupId })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    partitionsConsumedConcurrently: 6,
    eachMessage: async ({ message }) => {
      if (message.value === null) throw new TypeError('a record without a value')
      RawEvent.parse(JSON.parse(message.value.toString()))
      if (handlerMs > 0) await sleep(handlerMs)
      countdown.one()
    },
  })
  const taken = await countdown.taken
  await consumer.disconnect()
  return taken
})
