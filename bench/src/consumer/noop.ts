import type { Broker } from '@ledgerbus/core'
import { alternate, median } from '../alternate.ts'
import type { BenchOptions } from '../bench.ts'
import { rate, toRatio } from '../bench-result.ts'
import type { ConsumeTask } from '../contestants/consume-task.ts'
import { startContestant } from '../contestants/start-contestant.ts'
import type { Taken } from '../countdown.ts'
import { preload } from '../preload.ts'
import type { Measured } from './measured.ts'

const count = 100_000
const target = 1

/** A no-op handler behind decoding and validation, against kafkajs `eachMessage` that parses and validates the same records. */
export async function benchNoop(broker: Broker, { kafkaBrokers, runs, progress }: BenchOptions): Promise<Measured> {
  const { topic } = await preload(broker, 'noop', count)
  const ours = startContestant<ConsumeTask, Taken>(new URL('../contestants/our-consumer.ts', import.meta.url))
  const raw = startContestant<ConsumeTask, Taken>(new URL('../contestants/raw-consumer.ts', import.meta.url))
  let groups = 0
  function task(side: string): ConsumeTask {
    groups += 1
    return { kafkaBrokers, topic: topic.name, groupId: `${topic.name}-${side}-${groups}`, count, handlerMs: 0 }
  }
  const cpuSeconds: { readonly ours: number[]; readonly raw: number[] } = { ours: [], raw: [] }
  async function run(side: 'ours' | 'raw', contestant: typeof ours): Promise<number> {
    const taken = await contestant.run(task(side))
    cpuSeconds[side].push(taken.cpuSeconds)
    return taken.seconds
  }
  /** Of a core, for a record; the first run warms up. */
  const microseconds = (side: 'ours' | 'raw') =>
    Number(((median(cpuSeconds[side].slice(1)) / count) * 1e6).toPrecision(3))
  try {
    const taken = await alternate(
      runs,
      () => run('ours', ours),
      () => run('raw', raw),
      progress,
    )
    return {
      ratios: { noop_vs_eachMessage: toRatio(taken, target) },
      figures: {
        ours_per_second: rate(count, taken.ours),
        each_message_per_second: rate(count, taken.peer),
        ours_cpu_microseconds: microseconds('ours'),
        each_message_cpu_microseconds: microseconds('raw'),
      },
    }
  } finally {
    await Promise.all([ours.end(), raw.end()])
  }
}
