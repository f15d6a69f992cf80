import type { Broker } from '@ledgerbus/core'
import type { BenchOptions } from '../bench.ts'
import type { BacklogAnswer, BacklogTask } from '../contestants/backlog-consumer.ts'
import { startContestant } from '../contestants/start-contestant.ts'
import { memoryTrend } from '../memory-trend.ts'
import { fillBacklog } from './fill-backlog.ts'
import type { Measured } from './measured.ts'

const count = 1_000_000
const noteLength = 100
const handlerMs = 1
const concurrency = 64
const withinMs = 90_000
const target = 0.9

const megabyte = 1_000_000

function round(value: number): number {
  return Number(value.toPrecision(3))
}

/** A backlog of a million records behind a handler that is slower than the fetches: memory stays where it is, however much is waiting. */
export async function benchBacklogMemory(broker: Broker, { kafkaBrokers, progress }: BenchOptions): Promise<Measured> {
  progress(`publishing ${count} events`)
  const { topic } = await fillBacklog(broker, count, noteLength)
  const consumer = startContestant<BacklogTask, BacklogAnswer>(
    new URL('../contestants/backlog-consumer.ts', import.meta.url),
  )
  try {
    const { handled, seconds, samples } = await consumer.run({
      kafkaBrokers,
      topic: topic.name,
      groupId: `${topic.name}-group`,
      count,
      handlerMs,
      concurrency,
      withinMs,
    })
    const heap = memoryTrend(samples, 'heap')
    const rss = memoryTrend(samples, 'rss')
    const value = round(Math.min(heap.flatness, rss.flatness))
    progress(`${handled} of ${count} handled in ${seconds.toFixed(0)} s`)
    return {
      ratios: {
        backlog_memory: { value, runs: [round(heap.flatness), round(rss.flatness)], target, met: value >= target },
      },
      figures: {
        backlog_handled: handled,
        backlog_seconds: round(seconds),
        backlog_heap_peak_mb: round(heap.peak / megabyte),
        backlog_rss_peak_mb: round(rss.peak / megabyte),
        backlog_heap_slope_mb_per_minute: round((heap.slope * 60) / megabyte),
        backlog_rss_slope_mb_per_minute: round((rss.slope * 60) / megabyte),
      },
    }
  } finally {
    await consumer.end()
  }
}
