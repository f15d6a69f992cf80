import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { type OwnClickHouse, serverOf, startOwnClickHouse } from './support/own-clickhouse.ts'
import { createOwnLog, type OwnLog } from './support/own-log.ts'

// A server of its own, which counts for nobody else.

const entries = 300_000
const startMs = Date.UTC(2026, 0, 31)
let server: OwnClickHouse
let own: OwnLog | undefined
beforeAll(async () => {
  server = await startOwnClickHouse()
  if ('missing' in server) return
  own = await createOwnLog({ url: server.server.url })
  await own.ask(`SYSTEM STOP MERGES ${own.prefix}_events`)
  await insert(own, 'once', 0, entries)
  await insert(own, 'twice', 0, entries)
  await insert(own, 'twice', 1_000, 10)
})
afterAll(async () => {
  await own?.log.close()
  if ('server' in server) await server.server.stop()
})

/** A record a millisecond; a range may come again. */
async function insert({ ask, prefix }: OwnLog, topic: string, first: number, count: number): Promise<void> {
  await ask(`INSERT INTO ${prefix}_events (kafka_cluster, kafka_topic, kafka_offset, kafka_timestamp, timestamp, record_status, raw)
SELECT 'c', '${topic}', ${first} + number AS offset, fromUnixTimestamp64Milli(toInt64(${startMs} + offset)) AS at, at, 'tombstone', '' FROM numbers(${count})
SETTINGS insert_deduplicate = 0`)
}

function setUp(context: TestContext) {
  serverOf(server, context)
  const { log, ask } = own as OwnLog
  const selected = async (): Promise<number> =>
    Number(await ask("SELECT sum(value) FROM system.events WHERE event = 'SelectedRows'"))
  /** How many rows the server read to count the entries of a topic. */
  async function counted(topic: string, toMs: number): Promise<{ readonly entries: number; readonly read: number }> {
    const before = await selected()
    const stats = await log.stats({ topics: [topic], fromMs: startMs, toMs, timeField: 'kafka' }, { by: ['topic'] })
    expect(stats.groups.map((group) => group.entries)).toEqual([stats.entries])
    return { entries: stats.entries, read: (await selected()) - before }
  }
  return { counted }
}

const allMs = startMs + entries
/** Of both topics far less than what is counted with `FINAL` at once. */
const someMs = startMs + 20_000

describe('counts of a large log', () => {
  it('read many rows once where none is a copy', async (context) => {
    const { counted } = setUp(context)
    const { entries: found, read } = await counted('once', allMs)
    expect(found).toBe(entries)
    // Both topics lie between the same times.
    expect(read).toBeGreaterThan(2 * entries - 1)
    expect(read).toBeLessThan(3 * entries)
  })

  it('count many rows each once where some are copies', async (context) => {
    const { counted } = setUp(context)
    const { entries: found, read } = await counted('twice', allMs)
    expect(found).toBe(entries)
    expect(read).toBeGreaterThan(3 * entries)
  })

  it('read few rows once, copies or not, and count each once', async (context) => {
    const { counted } = setUp(context)
    const { entries: found, read } = await counted('twice', someMs)
    expect(found).toBe(20_000)
    expect(read).toBeGreaterThan(0)
    expect(read).toBeLessThan(60_000)
  })
})
