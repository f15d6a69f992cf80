import { performance } from 'node:perf_hooks'
import { createConsumer, on } from '@ledgerbus/consumer'
import type { Broker } from '@ledgerbus/core'

/** When the copies of a replay came where. */
export interface CopyTimes {
  /** Kafka's time of each copy, in the order of offsets. */
  readonly kafkaMs: readonly number[]
  /** When a handler got each copy, that is behind the commit and the fetch. */
  readonly handledMs: readonly number[]
}

/** A topic that copies go to, and a group that handles them. */
export interface WatchedTarget {
  readonly topic: string
  readonly groupId: string
  /** Waits for so many copies, then stops the group. */
  times(count: number): Promise<CopyTimes>
}

let made = 0

/**
 * @param kafkaTime `CreateTime`, Kafka's default: what the replay wrote on the copies when it sent them; `LogAppendTime`: the leader's clock when it had them
 */
export async function watchTarget(broker: Broker, kafkaTime: 'CreateTime' | 'LogAppendTime'): Promise<WatchedTarget> {
  made += 1
  const topic = `bench-paced-copy-${process.pid}-${made}`
  const groupId = `${topic}-handlers`
  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics([{ name: topic, partitions: 1, settings: { 'message.timestamp.type': kafkaTime } }])
  await admin.close()

  const kafkaMs: number[] = []
  const handledMs: number[] = []
  let heard: () => void = () => undefined
  const consumer = createConsumer({
    broker,
    groupId,
    subscriptions: [
      on('order.*', (_, { record }) => {
        handledMs.push(performance.now())
        kafkaMs.push(Number(record.timestampMs))
        heard()
      }),
    ],
    topics: [topic],
    concurrency: 1,
  })
  await consumer.start()

  return {
    topic,
    groupId,
    async times(count) {
      await new Promise<void>((resolve) => {
        heard = () => {
          if (handledMs.length >= count) resolve()
        }
        heard()
      })
      await consumer.close()
      return { kafkaMs, handledMs }
    },
  }
}
