import type { BoundedSelection, Coordinates, PartitionStart } from '@ledgerbus/core'
import { createRecordingLogger } from '@ledgerbus/testkit'
import { type FaultProxy, startFaultProxy } from '@ledgerbus/testkit/proxy'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClickHouseAuditLog, createAuditLog } from '../src/index.ts'
import { createOwnLog, type OwnLog } from './support/own-log.ts'

// Enough for several windows. Partition 0 has a clock that goes right, that of partition 1 runs backwards, and that of partition 2 jumps.

const each = 30_000
const cluster = 'c'
const topic = 'orders'
const startMs = Date.UTC(2026, 0, 30)
const times = `[number * 100, (${each} - number) * 100, number * 100 + cityHash64(number) % 60000]`
const selection: BoundedSelection = {
  below: [0, 1, 2].map((partition) => ({ cluster, topic, partition, below: BigInt(each) })),
}

let own: OwnLog
let proxy: FaultProxy
let log: ClickHouseAuditLog
const logger = createRecordingLogger()

beforeAll(async () => {
  own = await createOwnLog()
  const fill = (table: string, partition: number, condition: string): Promise<string> =>
    own.ask(`INSERT INTO ${own.prefix}_${table} (kafka_cluster, kafka_topic, kafka_partition, kafka_offset, kafka_timestamp, timestamp, record_status, raw)
SELECT '${cluster}', '${topic}', ${partition}, number, fromUnixTimestamp64Milli(toInt64(${startMs} + ${times}[${partition + 1}])) AS at, at,
  'undecodable', repeat(toString(number), 60) FROM numbers(${each + 500}) WHERE ${condition}`)
  for (const partition of [0, 1, 2]) await fill('events', partition, 'number % 1000 != 7')
  // Some records could not stand among the events, and some were stored twice, there and here.
  for (const partition of [0, 1, 2]) await fill('quarantine', partition, 'number % 1000 IN (7, 8)')
  for (const partition of [0, 1]) await fill('events', partition, 'number BETWEEN 9000 AND 12000')
  const url = new URL(stackAddresses().clickhouseUrl)
  proxy = await startFaultProxy({ host: url.hostname, port: Number(url.port) })
  url.port = String(proxy.port)
  log = createAuditLog({ url: url.href, tablePrefix: own.prefix, logger })
})
afterAll(async () => {
  await log.close()
  await proxy.close()
  await own.log.close()
})

async function read(
  options: { readonly from?: readonly PartitionStart[]; readonly onEntry?: (count: number) => void } = {},
): Promise<readonly Coordinates[]> {
  const records: Coordinates[] = []
  const { from = [], onEntry } = options
  for await (const { record } of log.readByOffset(selection, { from })) {
    records.push(record)
    onEntry?.(records.length)
  }
  return records
}

function offsetsOf(records: readonly Coordinates[], partition: number): readonly number[] {
  return records.filter((record) => record.partition === partition).map(({ offset }) => Number(offset))
}

const all = Array.from({ length: each }, (_, offset) => offset)

describe('a large log read by offset', () => {
  it('gives each partition in the order of its offsets, each record once, whatever the clocks did', async () => {
    const records = await read()
    for (const partition of [0, 1, 2]) expect(offsetsOf(records, partition)).toEqual(all)
  })

  it('lets partitions whose clocks agree advance together', async () => {
    const reached = [0, 0, 0]
    let largestLead = 0
    for (const { partition, offset } of await read()) {
      reached[partition] = Number(offset)
      const [one = 0, , other = 0] = reached
      largestLead = Math.max(largestLead, Math.abs(one - other))
    }
    expect(largestLead).toBeLessThan(each / 2)
  })

  it('gives the rest from wherever a reader stopped', async () => {
    const records = await read()
    for (const stop of [1, 19_999, 20_000, 20_001, 47_113, 89_998]) {
      const from = selection.below.map((bound) => ({
        ...bound,
        from: BigInt((offsetsOf(records.slice(0, stop), bound.partition).at(-1) ?? -1) + 1),
      }))
      const rest = await read({ from })
      for (const partition of [0, 1, 2]) {
        expect(offsetsOf(rest, partition)).toEqual(offsetsOf(records.slice(stop), partition))
      }
    }
  })

  it('goes on exactly behind the last entry when its connections break', async () => {
    const records = await read({
      onEntry: (count) => {
        if (count % 15_000 === 100) proxy.cut()
      },
    })
    for (const partition of [0, 1, 2]) expect(offsetsOf(records, partition)).toEqual(all)
    expect(logger.texts('warn')).toContainEqual(expect.stringContaining('going on behind the last entry'))
  })

  it('leaves no query behind when the loop is left', async () => {
    for await (const { record } of log.readByOffset(selection)) if (record.offset > 10n) break
    const running = `SELECT count() FROM system.processes WHERE query LIKE '%${own.prefix}_entries%' AND query NOT LIKE '%system.processes%'`
    await expect.poll(() => own.ask(running), { timeout: 20_000 }).toBe('0')
  })
})
