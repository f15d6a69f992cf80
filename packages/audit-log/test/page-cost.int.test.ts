import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { type OwnClickHouse, serverOf, startOwnClickHouse } from './support/own-clickhouse.ts'
import { createOwnLog, type OwnLog } from './support/own-log.ts'

// A server of its own, which counts for nobody else. Quarantine and markers hold nothing but what the migration puts there, as in most logs.

const entries = 200_000
const startMs = Date.UTC(2026, 0, 31)
const topic = `orders-${randomUUID()}`
let server: OwnClickHouse
let own: OwnLog | undefined
beforeAll(async () => {
  server = await startOwnClickHouse()
  if ('missing' in server) return
  own = await createOwnLog({ url: server.server.url })
  await own.ask(`INSERT INTO ${own.prefix}_events (kafka_cluster, kafka_topic, kafka_offset, kafka_timestamp, timestamp, record_status, raw)
SELECT 'c', '${topic}', number, fromUnixTimestamp64Milli(toInt64(${startMs} + number)) AS at, at, 'tombstone', '' FROM numbers(${entries})`)
})
afterAll(async () => {
  await own?.log.close()
  if ('server' in server) await server.server.stop()
})

function setUp(context: TestContext) {
  serverOf(server, context)
  const { log, ask } = own as OwnLog
  const selected = async (): Promise<number> =>
    Number(await ask("SELECT sum(value) FROM system.events WHERE event = 'SelectedRows'"))
  /** How many rows the server read meanwhile; its own tables are a few. */
  async function rowsRead(work: () => Promise<unknown>): Promise<number> {
    const before = await selected()
    await work()
    return (await selected()) - before
  }
  return { log, rowsRead }
}

describe('a page of a large log', () => {
  it.for([
    { what: 'the newest', order: 'newest', selection: {} },
    { what: 'the oldest', order: 'oldest', selection: {} },
    { what: 'the newest of a time', order: 'newest', selection: { fromMs: startMs + 100_000, timeField: 'kafka' } },
    {
      what: 'the oldest from a time on',
      order: 'oldest',
      selection: { fromMs: startMs + 100_000, timeField: 'kafka' },
    },
  ] as const)('costs a page: $what', async ({ order, selection }, context) => {
    const { log, rowsRead } = setUp(context)
    const read = await rowsRead(async () => {
      const { entries: page } = await log.query({ ...selection, topics: [topic] }, { order, limit: 100 })
      expect(page).toHaveLength(100)
    })
    expect(read).toBeGreaterThan(0)
    expect(read).toBeLessThan(entries / 10)
  })

  it.for(['newest', 'oldest'] as const)('costs a page also behind another one, by %s', async (order, context) => {
    const { log, rowsRead } = setUp(context)
    const first = await log.query({ topics: [topic] }, { order, limit: 100 })
    const read = await rowsRead(() =>
      log.query({ topics: [topic] }, { order, limit: 100, cursor: first.nextCursor ?? '' }),
    )
    expect(read).toBeGreaterThan(0)
    expect(read).toBeLessThan(entries / 10)
  })
})

describe('a page of an hour', () => {
  it('begins no part that the index on the time of events rules out', async (context) => {
    serverOf(server, context)
    const { log, prefix, ask } = await createOwnLog({ url: serverOf(server, context).url })
    const hours = 20
    await ask(`SYSTEM STOP MERGES ${prefix}_events`)
    for (let hour = 0; hour < hours; hour += 1) {
      await ask(`INSERT INTO ${prefix}_events (kafka_cluster, kafka_topic, kafka_offset, kafka_timestamp, timestamp, record_status, raw)
SELECT 'c', '${topic}', number, fromUnixTimestamp64Milli(toInt64(${startMs} + ${hour} * 3600000 + number)) AS at, at, 'tombstone', '' FROM numbers(100)`)
    }
    const begun = async (): Promise<number> =>
      Number(await ask("SELECT sum(value) FROM system.events WHERE event = 'SelectedParts'"))
    const before = await begun()
    const hour = { fromMs: startMs + 5 * 3_600_000, toMs: startMs + 6 * 3_600_000 }
    const { entries: page } = await log.query(hour, { limit: 10 })
    const after = await begun()
    await log.close()
    expect(page).toHaveLength(10)
    expect(after - before).toBeGreaterThan(0)
    expect(after - before).toBeLessThan(hours / 2)
  })
})
