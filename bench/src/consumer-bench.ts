import { createKafkaBroker } from '@ledgerbus/kafka'
import type { Bench } from './bench.ts'
import { benchBacklogMemory } from './consumer/backlog-memory.ts'
import type { Measured } from './consumer/measured.ts'
import { benchNoop } from './consumer/noop.ts'
import { benchSlowHandler } from './consumer/slow-handler.ts'
import { benchStuckPartition } from './consumer/stuck-partition.ts'

/** What a consumer costs, what a slow handler and a stuck partition cost the others, and what a backlog costs in memory. */
export const consumerBench: Bench = async (options) => {
  const broker = createKafkaBroker({ brokers: [...options.kafkaBrokers], clientId: 'bench' })
  const all: Measured = { ratios: {}, figures: {} }
  for (const bench of [benchNoop, benchSlowHandler, benchStuckPartition, benchBacklogMemory]) {
    const { ratios, figures } = await bench(broker, options)
    Object.assign(all.ratios, ratios)
    Object.assign(all.figures, figures)
  }
  return all
}
