import { checkLocalStack, type LocalClickHouse } from '@ledgerbus/local-stack'
import { createRecordingLogger, eventually } from '@ledgerbus/testkit'
import { auditEvidenceContract, auditLogContract } from '@ledgerbus/testkit/contracts'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { shardOf } from '../src/cluster/shard-of.ts'
import { type ClickHouseAuditLog, type ClusterOptions, createAuditLog } from '../src/index.ts'
import { anAuditRecord, anUndecodable, rangeOf } from './support/a-range.ts'
import { clusterXml, reconfigure } from './support/configured-clickhouse.ts'
import { type OwnClickHouse, serverOf, startOwnClickHouse } from './support/own-clickhouse.ts'
import { askClickHouse, newPrefix } from './support/own-log.ts'

// Two nodes, each a shard without replicas, told one by one: what Keeper would do between nodes is not run here.

let own: readonly OwnClickHouse[] = []
beforeAll(async () => {
  own = [await startOwnClickHouse(), await startOwnClickHouse()]
  const servers = own.flatMap((one) => ('server' in one ? [one.server] : []))
  for (const server of servers) await reconfigure(server, { 'config.d/cluster.xml': clusterXml('pair', servers) })
})
afterAll(async () => {
  for (const one of own) if ('server' in one) await one.server.stop()
})

function setUp(context: TestContext) {
  const servers = own.map((one) => serverOf(one, context)) as [LocalClickHouse, LocalClickHouse]
  const prefix = newPrefix()
  const urls = servers.map(({ url }) => url)
  const newLog = (cluster: Partial<ClusterOptions> = {}, url = servers[0].url): ClickHouseAuditLog =>
    createAuditLog({
      url,
      tablePrefix: prefix,
      cluster: { name: 'pair', replication: 'none', shards: urls, ...cluster },
      requestTimeoutMs: 5_000,
      logger: createRecordingLogger(),
    })
  const ask = async (sql: string) => await Promise.all(urls.map((url) => askClickHouse(url, sql)))
  return { servers, prefix, urls, newLog, ask }
}

const partitions = [0, 1, 2, 3, 4, 5, 6, 7]

function rangesOf(topic: string) {
  return partitions.map((partition) =>
    rangeOf([0n, 1n, 2n].map((offset) => anUndecodable({ topic, partition, offset, value: `${partition}/${offset}` }))),
  )
}

describe('a log on two shards', () => {
  it('writes all rows of a partition to its shard, and reads them of all', async (context) => {
    const { newLog, prefix, ask, urls } = setUp(context)
    const log = newLog()
    await log.migrate({ retentionDays: 36_500 })
    await log.start()
    for (const range of rangesOf('orders')) expect(await log.insert(range)).toEqual({ kind: 'ok' })

    const stand = await ask(`SELECT DISTINCT kafka_partition FROM ${prefix}_events ORDER BY 1`)
    const wanted = [0, 1].map((shard) => partitions.filter((one) => shardOf('orders', one, 2) === shard).join('\n'))
    expect(stand).toEqual(wanted)
    expect(wanted.every((one) => one !== '')).toBe(true)

    for (const url of urls) {
      const asked = newLog({}, url)
      expect((await asked.query({}, { limit: 100 })).entries).toHaveLength(24)
      expect((await asked.summarize({})).entries).toBe(24)
      const seen: string[] = []
      for await (const { record } of asked.read({}, { order: 'partition' }))
        seen.push(`${record.partition}/${record.offset}`)
      expect(seen).toEqual(partitions.flatMap((one) => [`${one}/0`, `${one}/1`, `${one}/2`]))
      await asked.close()
    }
  })

  it('shows copies of a record once, in rows, pages and counts', async (context) => {
    const { newLog, ask, prefix } = setUp(context)
    const log = newLog()
    await log.migrate({ retentionDays: 36_500 })
    await ask(`SYSTEM STOP MERGES ${prefix}_events`)
    for (const partition of partitions) {
      for (const offsets of [
        [0n, 1n, 2n],
        [1n, 2n, 3n],
      ]) {
        await log.insert(rangeOf(offsets.map((offset) => anAuditRecord({ partition, offset }))))
      }
    }
    expect((await ask(`SELECT count() FROM ${prefix}_events`)).reduce((sum, count) => sum + Number(count), 0)).toBe(48)
    const seen = new Set<string>()
    let cursor: string | undefined
    do {
      const page = await log.query({}, { limit: 5, ...(cursor !== undefined && { cursor }) })
      for (const { record } of page.entries) seen.add(`${record.partition}/${record.offset}`)
      cursor = page.nextCursor
    } while (cursor !== undefined)
    expect(seen.size).toBe(32)
    expect(await log.summarize({})).toMatchObject({ entries: 32, byName: [{ name: 'order.created', entries: 32 }] })
  })

  it('keeps a record in quarantine on the shard of its partition, and counts it once when it stands among the events as well', async (context) => {
    const { newLog, ask, prefix } = setUp(context)
    const log = newLog()
    await log.migrate({ retentionDays: 36_500 })
    await ask(`ALTER TABLE ${prefix}_events ADD CONSTRAINT no_five CHECK kafka_offset != 5`)
    const item = anAuditRecord({ partition: 3, offset: 5n })
    expect(await log.insert(rangeOf([item]))).toEqual({ kind: 'ok' })
    await ask(`ALTER TABLE ${prefix}_events DROP CONSTRAINT no_five`)
    expect(await log.insert(rangeOf([item]))).toEqual({ kind: 'ok' })
    expect((await ask(`SELECT count() FROM ${prefix}_entries WHERE record_status != 'none'`)).toSorted()).toEqual([
      '0',
      '2',
    ])
    expect((await log.summarize({})).entries).toBe(1)
    expect((await log.query({})).entries).toHaveLength(1)
  })

  it('writes on to one shard while the other is away, and questions then fail instead of leaving rows out', async (context) => {
    const { newLog, servers } = setUp(context)
    const log = newLog()
    await log.migrate({ retentionDays: 36_500 })
    await log.start()
    await servers[1].kill('SIGKILL')
    try {
      for (const range of rangesOf('orders')) {
        const kind = shardOf('orders', range.block.partition, 2) === 0 ? 'ok' : 'failed'
        expect(await log.insert(range)).toMatchObject({ kind })
      }
      await expect(log.query({})).rejects.toMatchObject({ name: 'AuditLogError' })
    } finally {
      await servers[1].restart()
    }
    await eventually(
      async () => {
        for (const range of rangesOf('orders')) expect(await log.insert(range)).toEqual({ kind: 'ok' })
      },
      { timeoutMs: 20_000 },
    )
    await eventually(async () => expect((await log.summarize({})).entries).toBe(24), { timeoutMs: 20_000 })
  })

  it('lists and drops months of both', async (context) => {
    const { newLog } = setUp(context)
    const log = newLog()
    await log.migrate({ retentionDays: 36_500 })
    for (const partition of partitions) {
      const timestamps = [Date.UTC(2026, 0, 3), Date.UTC(2026, 1, 3)]
      await log.insert(
        rangeOf(
          timestamps.map((ms, index) => anUndecodable({ partition, offset: BigInt(index), timestampMs: BigInt(ms) })),
        ),
      )
    }
    expect((await log.months()).map(({ month, rows }) => [month, rows])).toEqual([
      ['2026-01', 8],
      ['2026-02', 8],
    ])
    await log.dropMonths(['2026-01'])
    expect((await log.months()).map(({ month }) => month)).toEqual(['2026-02'])
    expect((await log.summarize({})).entries).toBe(8)
  })
})

describe('migrate on two shards', () => {
  it('brings a shard that joined later up to date', async (context) => {
    const { newLog, urls, prefix } = setUp(context)
    const alone = createAuditLog({ url: urls[0] as string, tablePrefix: prefix, logger: createRecordingLogger() })
    await alone.migrate({ retentionDays: 36_500 })
    await expect(newLog().start()).rejects.toMatchObject({ code: 'AUDIT_LOG_NOT_MIGRATED' })
    expect((await newLog().migrate()).applied).not.toEqual([])
    await newLog().start()
    expect(await newLog().migrate()).toMatchObject({ applied: [] })
  })
})

describe('start on two shards', () => {
  it.for([
    {
      what: 'its shards in another order',
      change: (urls: readonly string[]): Partial<ClusterOptions> => ({ shards: urls.toReversed() }),
      expected: /is shard 2 of the cluster pair, but .* number 1/,
    },
    {
      what: 'a shard too few',
      change: (urls: readonly string[]): Partial<ClusterOptions> => ({ shards: urls.slice(0, 1) }),
      expected: /has 2 shards, but cluster.shards names 1/,
    },
    {
      what: 'a cluster that does not exist',
      change: (): Partial<ClusterOptions> => ({ name: 'other' }),
      expected: /there is no cluster other/,
    },
  ])('refuses $what', async ({ change, expected }, context) => {
    const { newLog, urls } = setUp(context)
    await newLog().migrate()
    await expect(newLog(change(urls)).start()).rejects.toMatchObject({
      code: 'AUDIT_LOG_CONFIGURATION',
      message: expect.stringMatching(expected) as unknown,
    })
  })

  it('refuses a table that only one of them lacks something of', async (context) => {
    const { newLog, prefix, urls } = setUp(context)
    await newLog().migrate()
    await askClickHouse(urls[1] as string, `ALTER TABLE ${prefix}_events MODIFY SETTING fsync_after_insert = 0`)
    await expect(newLog().start()).rejects.toMatchObject({
      message: expect.stringMatching(/fsync_after_insert is off/) as unknown,
    })
  })
})

// Started by the tests that need them; where no server runs, the sentences above say so.
const { problems } = await checkLocalStack()
if (!problems.some(({ servers }) => servers.includes('clickhouse'))) {
  const prefix = newPrefix()
  async function makeAuditLog(): Promise<ClickHouseAuditLog> {
    const shards = own.flatMap((one) => ('server' in one ? [one.server.url] : []))
    const log = createAuditLog({
      url: shards[1] as string,
      tablePrefix: prefix,
      cluster: { name: 'pair', replication: 'none', shards },
      logger: createRecordingLogger(),
    })
    await log.migrate({ retentionDays: 36_500 })
    return log
  }

  auditLogContract('ClickHouse of two shards', { timeoutMs: 30_000, makeAuditLog })
  auditEvidenceContract('ClickHouse of two shards', { timeoutMs: 30_000, makeAuditLog })
}
