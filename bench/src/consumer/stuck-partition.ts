import { type Broker, partitionOf } from '@ledgerbus/core'
import { alternate } from '../alternate.ts'
import type { BenchOptions } from '../bench.ts'
import { rate, toRatio } from '../bench-result.ts'
import type { ConsumeTask } from '../contestants/consume-task.ts'
import { startContestant } from '../contestants/start-contestant.ts'
import type { Taken } from '../countdown.ts'
import { orders } from '../order-placed.ts'
import { preload } from '../preload.ts'
import type { Measured } from './measured.ts'

const partitions = 6
const stuckPartition = 0
const count = 100_000
const stuckCount = 20_000
const withinMs = 60_000
const target = 0.9

const encoder = new TextEncoder()

function isOfStuckPartition({ entityId }: { readonly entityId: string }): boolean {
  return partitionOf(encoder.encode(entityId), partitions) === stuckPartition
}

/**
 * Five partitions beside a sixth whose handlers never return, of a thousand keys, against the same five beside one that is empty: the
 * stricter of two ways to ask, for a sixth that is handled would take its share of the time.
 */
export async function benchStuckPartition(
  broker: Broker,
  { kafkaBrokers, runs, progress }: BenchOptions,
): Promise<Measured> {
  const all = orders(2 * count)
  const healthy = all.filter((order) => !isOfStuckPartition(order)).slice(0, count)
  const stuck = all.filter(isOfStuckPartition).slice(0, stuckCount)
  const calm = await preload(broker, 'calm', count, { partitions, inputs: healthy })
  const beside = await preload(broker, 'stuck', stuckCount + count, { partitions, inputs: [...stuck, ...healthy] })
  const contestant = () =>
    startContestant<ConsumeTask, Taken>(new URL('../contestants/our-consumer.ts', import.meta.url))
  const [ours, peer] = [contestant(), contestant()]
  let groups = 0
  function task(topic: string): ConsumeTask {
    groups += 1
    return { kafkaBrokers, topic, groupId: `${topic}-${groups}`, count, handlerMs: 0, stuckPartition, withinMs }
  }
  try {
    const taken = await alternate(
      runs,
      async () => (await ours.run(task(beside.topic.name))).seconds,
      async () => (await peer.run(task(calm.topic.name))).seconds,
      progress,
    )
    return {
      ratios: { stuck_partition: toRatio(taken, target) },
      figures: { beside_stuck_per_second: rate(count, taken.ours), none_stuck_per_second: rate(count, taken.peer) },
    }
  } finally {
    await Promise.all([ours.end(), peer.end()])
  }
}
