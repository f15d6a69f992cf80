import { setTimeout as sleep } from 'node:timers/promises'
import { createConsumer, on } from '@ledgerbus/consumer'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { createCountdown, type Taken } from '../countdown.ts'
import { defineOrderPlaced } from '../order-placed.ts'
import type { ConsumeTask } from './consume-task.ts'
import { serveContestant } from './serve-contestant.ts'

const never = new Promise<void>(() => undefined)

/** Ours: decoding and validation, then the handler. */
serveContestant(async (task: ConsumeTask): Promise<Taken> => {
  const { kafkaBrokers, topic, groupId, count, handlerMs, stuckPartition, withinMs } = task
  const countdown = createCountdown(count, { withinMs })
  const orderPlaced = defineOrderPlaced(topic)

  async function handleSlowly(): Promise<void> {
    await sleep(handlerMs)
    countdown.one()
  }
  const handle = handlerMs === 0 ? () => countdown.one() : handleSlowly
  const subscription =
    stuckPartition === undefined
      ? on(orderPlaced, handle)
      : on(orderPlaced, (_, { record }) => (record.partition === stuckPartition ? never : handle()))

  const consumer = createConsumer({
    broker: createKafkaBroker({ brokers: [...kafkaBrokers], clientId: 'bench' }),
    groupId,
    subscriptions: [subscription],
    ...(task.concurrency !== undefined && { concurrency: task.concurrency }),
  })
  await consumer.start()
  const taken = await countdown.taken
  await consumer.close(stuckPartition === undefined ? {} : { drainMs: 0 })
  return taken
})
