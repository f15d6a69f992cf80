import type { Broker } from '@ledgerbus/core'
import { alternate } from '../alternate.ts'
import type { BenchOptions } from '../bench.ts'
import { rate, toRatio } from '../bench-result.ts'
import type { ConsumeTask } from '../contestants/consume-task.ts'
import { startContestant } from '../contestants/start-contestant.ts'
import type { Taken } from '../countdown.ts'
import { orders } from '../order-placed.ts'
import { preload } from '../preload.ts'
import type { Measured } from './measured.ts'

const keys = 200
const handlerMs = 5
/** kafkajs needs five seconds for a thousand; we would be done before it is warm. */
const rawCount = 1_000
const ourCount = 20_000
const target = 30

/** A handler of 5 ms, one partition, 200 keys: lanes side by side, against kafkajs `eachMessage`, which takes one record after the other. */
export async function benchSlowHandler(
  broker: Broker,
  { kafkaBrokers, runs, progress }: BenchOptions,
): Promise<Measured> {
  const inputs = orders(ourCount).map((order, index) => ({ ...order, entityId: `o-${index % keys}` }))
  const { topic } = await preload(broker, 'slow', ourCount, { partitions: 1, inputs })
  const ours = startContestant<ConsumeTask, Taken>(new URL('../contestants/our-consumer.ts', import.meta.url))
  const raw = startContestant<ConsumeTask, Taken>(new URL('../contestants/raw-consumer.ts', import.meta.url))
  let groups = 0
  function task(side: string, count: number): ConsumeTask {
    groups += 1
    const groupId = `${topic.name}-${side}-${groups}`
    return { kafkaBrokers, topic: topic.name, groupId, count, handlerMs, concurrency: keys }
  }
  try {
    // Seconds for a thousand records, of both.
    const taken = await alternate(
      runs,
      async () => ((await ours.run(task('ours', ourCount))).seconds / ourCount) * 1_000,
      async () => ((await raw.run(task('raw', rawCount))).seconds / rawCount) * 1_000,
      progress,
    )
    return {
      ratios: { slow_handler_vs_eachMessage: toRatio(taken, target) },
      figures: {
        slow_handler_per_second: rate(1_000, taken.ours),
        slow_each_message_per_second: rate(1_000, taken.peer),
      },
    }
  } finally {
    await Promise.all([ours.end(), raw.end()])
  }
}
