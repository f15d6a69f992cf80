import { createRecordingLogger, eventually } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { describe, expect, it } from 'vitest'
import { resolveAuditLogOptions } from '../src/audit-log-options.ts'
import { createShards } from '../src/cluster/shards.ts'
import { createTableStatements } from '../src/cluster/table-statements.ts'
import { createAuditLog } from '../src/index.ts'
import { allMigrations } from '../src/migrations/all-migrations.ts'
import { migrate } from '../src/migrations/migrate.ts'
import { tableNames } from '../src/table-names.ts'
import { anAuditRecord, anUndecodable, rangeOf } from './support/a-range.ts'
import { askClickHouse, newPrefix } from './support/own-log.ts'

function setUp() {
  const { clickhouseUrl: url } = stackAddresses()
  const prefix = newPrefix()
  const logger = createRecordingLogger()
  const newLog = () => createAuditLog({ url, tablePrefix: prefix, logger })
  /** What a newer version would do. */
  async function applyLater(statements: readonly string[], name = '9999_later'): Promise<void> {
    const { connection } = resolveAuditLogOptions({ url, tablePrefix: prefix, logger })
    const shards = createShards(connection, undefined)
    const layout = { database: connection.database }
    const migrations = [...allMigrations, { name, statements }]
    const tableStatements = createTableStatements(shards, layout)
    await migrate({ shards, layout, tableStatements, tables: tableNames(prefix), migrations, logger })
    await shards.close()
  }

  return { newLog, prefix, logger, applyLater, ask: (sql: string) => askClickHouse(url, sql) }
}

const range = rangeOf([anAuditRecord()])
const everyMigration = allMigrations.map(({ name }) => name)

describe('migrate', () => {
  it('makes the tables once, however often and by however many it is run', async () => {
    const { newLog, prefix, ask } = setUp()
    const logs = [newLog(), newLog(), newLog()]
    await Promise.all(logs.map((log) => log.migrate()))
    expect(await newLog().migrate()).toEqual({ applied: [], present: everyMigration })
    expect(await ask(`SELECT name FROM system.tables WHERE name LIKE '${prefix}%' ORDER BY name`)).toBe(
      ['entries', 'erased', 'events', 'migrations', 'quarantine'].map((name) => `${prefix}_${name}`).join('\n'),
    )
    await newLog().start()
  })

  it('leaves no column without a comment', async () => {
    const { newLog, prefix, ask } = setUp()
    await newLog().migrate()
    expect(await ask(`SELECT count() FROM system.columns WHERE table LIKE '${prefix}%' AND comment = ''`)).toBe('0')
    expect(await ask(`SELECT count() FROM system.tables WHERE name LIKE '${prefix}%' AND comment = ''`)).toBe('0')
  })

  it('goes on after it was killed between a statement and its entry in the ledger', async () => {
    const { newLog, prefix, ask } = setUp()
    await newLog().migrate()
    await ask(`TRUNCATE TABLE ${prefix}_migrations`)
    await expect(newLog().start()).rejects.toMatchObject({ code: 'AUDIT_LOG_NOT_MIGRATED' })
    expect(await newLog().migrate()).toEqual({ applied: everyMigration, present: [] })
  })

  it('refuses a migration that was applied with another text', async () => {
    const { newLog, prefix, ask } = setUp()
    await newLog().migrate()
    await ask(`INSERT INTO ${prefix}_migrations (name, checksum) VALUES ('0001_create_audit_log', 'other')`)
    await expect(newLog().migrate()).rejects.toMatchObject({ code: 'AUDIT_MIGRATION_CHANGED' })
    await expect(newLog().start()).rejects.toMatchObject({ code: 'AUDIT_MIGRATION_CHANGED' })
  })

  it('leaves what a newer version migrated, and start says so', async () => {
    const { newLog, prefix, ask, logger } = setUp()
    await newLog().migrate()
    await ask(`INSERT INTO ${prefix}_migrations (name, checksum) VALUES ('0099_later', 'x')`)
    await newLog().migrate()
    await newLog().start()
    expect(logger.texts('warn')).toEqual(['the audit log was migrated by a newer version'])
  })

  it('sets the retention where it is told one, and keeps it where not', async () => {
    const { newLog, prefix, ask } = setUp()
    const ttl = () =>
      ask(
        `SELECT extract(engine_full, 'toIntervalDay\\\\((\\\\d+)\\\\)') FROM system.tables WHERE name IN ('${prefix}_events', '${prefix}_quarantine')`,
      )
    await newLog().migrate()
    expect(await ttl()).toBe('400\n400')
    await newLog().migrate({ retentionDays: 7 })
    expect(await ttl()).toBe('7\n7')
    await newLog().migrate()
    expect(await ttl()).toBe('7\n7')
    await newLog().start()
    await expect(newLog().migrate({ retentionDays: 0 })).rejects.toMatchObject({ code: 'AUDIT_LOG_CONFIGURATION' })
  })

  it('keeps whole months where it is told so, and repeated changes nothing', async () => {
    const { newLog, prefix, ask } = setUp()
    await newLog().migrate({ retentionMonths: 13 })
    const lives = () =>
      ask(
        `SELECT extract(engine_full, ' TTL (.*?) SETTINGS') FROM system.tables WHERE name IN ('${prefix}_events', '${prefix}_quarantine') ORDER BY name`,
      )
    expect(await lives()).toBe(
      'toStartOfMonth(kafka_timestamp) + toIntervalMonth(14)\ningested_at + toIntervalMonth(13)',
    )
    const changes = () => ask(`SELECT max(metadata_modification_time) FROM system.tables WHERE name LIKE '${prefix}_%'`)
    const before = await changes()
    await newLog().migrate({ retentionMonths: 13 })
    await newLog().migrate()
    expect(await changes()).toBe(before)
    await newLog().start()
    await newLog().migrate({ retentionDays: 36_500 })
    expect(await lives()).toBe('kafka_timestamp + toIntervalDay(36500)\ningested_at + toIntervalDay(36500)')
  })

  it('kept by months lets the oldest month go as a whole, and not its first days', async () => {
    const { newLog, prefix, ask } = setUp()
    const log = newLog()
    await log.migrate({ retentionMonths: 2 })
    const now = new Date()
    // From the first day of the month so many months ago, to its last.
    const daysOf = (ago: number) =>
      [1, 15, 28].map((day) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago, day, 12))
    for (const [index, timestampMs] of [...daysOf(3), ...daysOf(2), ...daysOf(1)].entries()) {
      await log.insert(rangeOf([anAuditRecord({ offset: BigInt(index), timestampMs: BigInt(timestampMs) })]))
    }
    await ask(`OPTIMIZE TABLE ${prefix}_events FINAL`)
    await eventually(async () => expect((await log.months()).map(({ rows }) => rows)).toEqual([3, 3]))
    expect((await log.months()).map(({ firstMs }) => firstMs)).toEqual([daysOf(2)[0], daysOf(1)[0]])
  })

  it.each([
    [{ retentionMonths: 0 }, /retentionMonths/],
    [{ retentionMonths: 1.5 }, /retentionMonths/],
    [{ retentionDays: 3, retentionMonths: 3 }, /exclude each other/],
    [{ tiering: { policy: "a'b", volume: '', afterDays: 0 } }, /afterDays.*policy.*volume/],
    [
      { retentionDays: 30, tiering: { policy: 'tiered', volume: 'cold', afterDays: 30 } },
      /nothing would be left to move/,
    ],
    [{ tiering: { policy: 'nowhere', volume: 'cold', afterDays: 30 } }, /no storage policy nowhere/],
    [{ tiering: { policy: 'default', volume: 'cold', afterDays: 30 } }, /no volume cold .* which has default/],
  ])('refuses %j before it changes anything', async (options, message) => {
    const { newLog, prefix, ask } = setUp()
    await expect(newLog().migrate(options)).rejects.toMatchObject({
      code: 'AUDIT_LOG_CONFIGURATION',
      message: expect.stringMatching(message) as unknown,
    })
    expect(await ask(`SELECT count() FROM system.tables WHERE name LIKE '${prefix}%'`)).toBe('0')
  })
})

describe('months', () => {
  it('are listed with what they hold, and dropped for good, one by one', async () => {
    const { newLog, prefix, ask } = setUp()
    const log = newLog()
    await log.migrate({ retentionDays: 36_500 })
    expect(await log.months()).toEqual([])
    const times = [Date.UTC(2025, 11, 31, 23, 59, 59), Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 31, 5)]
    await log.insert(
      rangeOf(times.map((ms, index) => anAuditRecord({ offset: BigInt(index), timestampMs: BigInt(ms) }))),
    )
    expect(await log.months()).toEqual([
      { month: '2025-12', rows: 1, bytes: expect.any(Number) as number, firstMs: times[0], lastMs: times[0] },
      { month: '2026-01', rows: 2, bytes: expect.any(Number) as number, firstMs: times[1], lastMs: times[2] },
    ])
    await log.dropMonths(['2025-12'])
    await log.dropMonths(['2025-12'])
    expect(await ask(`SELECT count() FROM ${prefix}_events`)).toBe('2')
    await expect(log.dropMonths(['2026-01', "2026-1' OR '"])).rejects.toMatchObject({ code: 'AUDIT_LOG_CONFIGURATION' })
    expect(await ask(`SELECT count() FROM ${prefix}_events`)).toBe('2')
  })
})

describe('a migration applied under sinks of an older version', () => {
  it('refuses none of their inserts and misreads no row', async () => {
    const { newLog, prefix, ask, applyLater } = setUp()
    const log = newLog()
    await log.migrate({ retentionDays: 36_500 })
    await log.start()
    const stop = new AbortController()
    const stored: string[] = []

    async function writeOn(partition: number): Promise<void> {
      for (let offset = 0n; !stop.signal.aborted; offset += 1n) {
        const item = anUndecodable({ partition, offset, value: `${partition}/${offset}` })
        expect(await log.insert(rangeOf([item]))).toEqual({ kind: 'ok' })
        stored.push(`${partition}/${offset}`)
      }
    }

    const writing = Promise.all([0, 1, 2].map(writeOn))
    try {
      await eventually(() => expect(stored.length).toBeGreaterThan(20))
      await applyLater([
        // In front and in the middle: a writer that counted columns instead of naming them would shift every field.
        "ALTER TABLE {events} ADD COLUMN IF NOT EXISTS tenant LowCardinality(String) DEFAULT 'none' FIRST",
        "ALTER TABLE {quarantine} ADD COLUMN IF NOT EXISTS tenant LowCardinality(String) DEFAULT 'none' FIRST",
        "ALTER TABLE {entries} ADD COLUMN IF NOT EXISTS tenant LowCardinality(String) DEFAULT 'none' FIRST",
        'ALTER TABLE {events} ADD COLUMN IF NOT EXISTS size UInt64 DEFAULT length(raw) AFTER event_id',
        'ALTER TABLE {events} ADD INDEX IF NOT EXISTS ix_tenant tenant TYPE set(100) GRANULARITY 1',
      ])
      const before = stored.length
      await eventually(() => expect(stored.length).toBeGreaterThan(before + 20))
    } finally {
      stop.abort()
    }
    await writing

    const read: string[] = []
    for await (const { record, reading } of newLog().read({}, { order: 'partition' })) {
      expect(reading).toEqual({ status: 'undecodable', problem: 'the value is no event' })
      read.push(new TextDecoder().decode(record.value ?? undefined))
    }
    expect(read.toSorted()).toEqual(stored.toSorted())
    expect(await ask(`SELECT countIf(tenant = 'none' AND size = length(raw)) FROM ${prefix}_events`)).toBe(
      String(stored.length),
    )
    // Started anew, the old version says that the tables are newer, and works.
    await newLog().start()
  })

  it('shuts them out, with a clear error, where its name says that it breaks them', async () => {
    const { newLog, prefix, ask, applyLater } = setUp()
    await newLog().migrate()
    await applyLater(['ALTER TABLE {events} DROP INDEX IF EXISTS ix_actor'], '9999_later_breaking')
    const refused = { code: 'AUDIT_LOG_NEWER', message: expect.stringContaining('9999_later_breaking') as unknown }
    await expect(newLog().start()).rejects.toMatchObject(refused)
    expect(await newLog().insert(range)).toMatchObject({ kind: 'failed', error: { code: 'AUDIT_LOG_NEWER' } })
    await expect(newLog().migrate()).rejects.toMatchObject({ code: 'AUDIT_LOG_NEWER' })
    expect(await ask(`SELECT count() FROM ${prefix}_events`)).toBe('0')
  })
})

describe('start', () => {
  it('says what to do where there are no tables', async () => {
    const { newLog } = setUp()
    await expect(newLog().start()).rejects.toMatchObject({
      code: 'AUDIT_LOG_NOT_MIGRATED',
      message: expect.stringContaining('ledgerbus audit migrate') as unknown,
    })
  })

  it.each([
    ['no deduplication', 'MODIFY SETTING non_replicated_deduplication_window = 0', /deduplication_window is 0/],
    ['no fsync', 'MODIFY SETTING fsync_after_insert = 0', /fsync_after_insert is off/],
    ['a column of another type', 'MODIFY COLUMN problem LowCardinality(String)', /column problem is/],
    ['a column missing', 'DROP COLUMN decoded', /column decoded is missing/],
    ['a column that the server computes', "MODIFY COLUMN problem String MATERIALIZED ''", /column problem is computed/],
    ['a bound on months', 'MODIFY SETTING max_partitions_to_read = 2', /max_partitions_to_read is set/],
  ])('refuses a table with %s', async (_, change, expected) => {
    const { newLog, prefix, ask } = setUp()
    await newLog().migrate()
    if (change.startsWith('DROP')) await ask(`ALTER TABLE ${prefix}_events DROP COLUMN payload`)
    await ask(`ALTER TABLE ${prefix}_events ${change}`)
    await expect(newLog().start()).rejects.toMatchObject({
      code: 'AUDIT_LOG_CONFIGURATION',
      message: expect.stringMatching(expected) as unknown,
    })
  })

  it('refuses a table of another engine', async () => {
    const { newLog, prefix, ask } = setUp()
    await newLog().migrate()
    await ask(`CREATE TABLE ${prefix}_plain AS ${prefix}_events ENGINE = MergeTree ORDER BY kafka_offset`)
    await ask(`EXCHANGE TABLES ${prefix}_plain AND ${prefix}_events`)
    await expect(newLog().start()).rejects.toMatchObject({
      message: expect.stringMatching(/engine is MergeTree.*sorted by/) as unknown,
    })
  })

  it('is not needed before an insert, which then checks the tables itself', async () => {
    const { newLog, prefix, ask } = setUp()
    const log = newLog()
    expect(await log.insert(range)).toMatchObject({ kind: 'failed', error: { code: 'AUDIT_LOG_NOT_MIGRATED' } })
    await log.migrate()
    expect(await log.insert(range)).toEqual({ kind: 'ok' })
    expect(await ask(`SELECT count() FROM ${prefix}_events`)).toBe('1')
  })
})

describe('a row that the server refuses', () => {
  it('is refused as part of a range, and goes into quarantine when it is alone', async () => {
    const { newLog, prefix, ask } = setUp()
    const log = newLog()
    await log.migrate({ retentionDays: 36_500 })
    await ask(`ALTER TABLE ${prefix}_events ADD CONSTRAINT no_five CHECK kafka_offset != 5`)
    const items = [4n, 5n, 6n].map((offset) => anAuditRecord({ offset }))
    expect(await log.insert(rangeOf(items))).toMatchObject({
      kind: 'failed',
      error: { code: 'AUDIT_ROW_REFUSED', serverCode: 469 },
    })
    for (const item of items) expect(await log.insert(rangeOf([item]))).toEqual({ kind: 'ok' })

    const { entries } = await log.query({}, { order: 'oldest' })
    expect(entries.map(({ record }) => record)).toEqual(items.map(({ record }) => record))
    expect(await ask(`SELECT quarantine_reason FROM ${prefix}_quarantine WHERE record_status != 'none'`)).toBe(
      'refused',
    )
  })
})
