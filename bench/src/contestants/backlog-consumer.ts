import { setTimeout as sleep } from 'node:timers/promises'
import { createConsumer, on } from '@ledgerbus/consumer'
import { createKafkaBroker } from '@ledgerbus/kafka'
import type { MemorySample } from '../memory-trend.ts'
import { defineOrderPlaced } from '../order-placed.ts'
import { serveContestant } from './serve-contestant.ts'

/** A backlog to work off. */
export interface BacklogTask {
  readonly kafkaBrokers: readonly string[]
  readonly topic: string
  readonly groupId: string
  readonly count: number
  readonly handlerMs: number
  readonly concurrency: number
  /** When to stop, done or not. */
  readonly withinMs: number
}

/** What became of it. */
export interface BacklogAnswer {
  readonly handled: number
  readonly seconds: number
  readonly samples: readonly MemorySample[]
}

const sampleMs = 200

serveContestant(async (task: BacklogTask): Promise<BacklogAnswer> => {
  const samples: MemorySample[] = []
  let finish: () => void = () => undefined
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  const over = new AbortController()
  let handled = 0
  const consumer = createConsumer({
    broker: createKafkaBroker({ brokers: [...task.kafkaBrokers], clientId: 'bench' }),
    groupId: task.groupId,
    concurrency: task.concurrency,
    subscriptions: [
      on(defineOrderPlaced(task.topic), async () => {
        await sleep(task.handlerMs)
        handled += 1
        if (handled === task.count) finish()
      }),
    ],
  })
  await consumer.start()
  const started = performance.now()
  const timer = setInterval(() => {
    const { heapUsed, external, rss } = process.memoryUsage()
    samples.push({ atMs: performance.now() - started, heap: heapUsed + external, rss })
  }, sampleMs)
  const limit = sleep(task.withinMs, undefined, { signal: over.signal }).catch(() => undefined)
  await Promise.race([done, limit])
  const seconds = (performance.now() - started) / 1000
  clearInterval(timer)
  over.abort()
  const answer = { handled, seconds, samples }
  await consumer.close()
  return answer
})
